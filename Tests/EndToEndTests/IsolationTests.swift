import Testing

extension EndToEnd {
    /// Two tenants with the same addresses, and strangers on the wire.
    @Suite(.carried(ny: .shaper, ldn: .shaper)) struct Isolation {
        private static let count = 50

        /// Each with a kind of frame that nothing but the slice's number keeps apart.
        @Test(arguments: [
            ("a known address", MAC.lab(2, 1)),
            ("an address that only the other slice has", MAC.lab(2, 2)),
            ("an address that nobody has", MAC.number(77)),
            ("everybody", MAC.broadcast),
            ("a group", MAC(bytes: [1, 0, 0x5e, 1, 2, 3])),
        ])
        func `a frame never leaves its slice, whomever it is for`(what: String, destination: MAC) throws {
            let (perp, spot) = (Marker(), Marker())
            let sockets = try Sockets()
            // Both directions of learning, so that the known address is known.
            try run("ping -c 1 -W 1 10.0.0.2", on: .nyA)
            try run("ping -c 1 -W 1 10.0.0.2", on: .nyB)
            for number in 0..<Self.count {
                try sockets[.nyA].send(Frame(to: destination, from: .lab(1, 1), payload: perp.bytes(number)))
                try sockets[.nyB].send(Frame(to: destination, from: .lab(1, 2), payload: spot.bytes(number)))
            }
            #expect(try sockets[.ldnA].frames(with: perp.bytes).count == Self.count)
            #expect(try sockets[.ldnB].frames(with: spot.bytes).count == Self.count)
            try sockets.expectNone(of: perp, on: [.nyB, .ldnB])
            try sockets.expectNone(of: spot, on: [.nyA, .ldnA])
        }

        @Test func `a tenant's own VXLAN, of another tenant's network, stays the tenant's payload`() throws {
            let marker = Marker()
            let sockets = try Sockets()
            let inner = Frame(to: .broadcast, from: .lab(1, 2), payload: marker.bytes)
            let packet = Frame.udp(
                from: ([192, 0, 2, 1], 50000), to: ([192, 0, 2, 2], 4789), payload: Frame.vxlan(vni: 4202, inner: inner)
            )
            for _ in 0..<Self.count {
                try sockets[.nyA].send(Frame(to: .lab(2, 1), from: .lab(1, 1), type: 0x0800, payload: packet))
            }
            #expect(try sockets[.ldnA].frames(with: marker.bytes).count == Self.count)
            try sockets.expectNone(of: marker, on: [.nyB, .ldnB])
        }

        @Test func `VXLAN from a peer's address reaches the slice, from any other it is dropped and counted`() throws {
            try expectDrops("not_peer", ofVXLANFrom: [192, 0, 2, 77], vni: 4201)
        }

        @Test func `VXLAN of a network that is none of ours is dropped and counted`() throws {
            try expectDrops("wrong_vni", ofVXLANFrom: [192, 0, 2, 1], vni: 4999)
        }

        @Test func `VXLAN of a slice that the peer does not share is dropped and counted`() throws {
            let policy = try Node.ldn.policy()
            try Node.ldn.apply(policy.replacing("slices: [perp, spot]", with: "slices: [spot]"))
            defer { _ = try? Node.ldn.apply(policy) }
            try expectDrops("wrong_vni", ofVXLANFrom: [192, 0, 2, 1], vni: 4201, sharing: 4202)
        }

        @Test func `VXLAN without a network's number is dropped and counted`() throws {
            try expectDrops("bad_vxlan", ofVXLANFrom: [192, 0, 2, 1], vni: 4201, flags: 0)
        }

        /// Puts VXLAN packets on the wire, good ones and bad ones in turn, and looks for the bad ones in the counters
        /// and for the good ones at the tenants.
        ///
        /// - Parameter sharing: the slice of the good ones.
        private func expectDrops(
            _ reason: String, ofVXLANFrom source: [UInt8], vni: UInt32, flags: UInt8 = 8, sharing good: UInt32 = 4201
        ) throws {
            let (legitimate, intruder) = (Marker(), Marker())
            let sockets = try Sockets()
            let wire = try FrameSocket(on: .wire, interface: "ldn")
            func packet(_ marker: Marker, from source: [UInt8], vni: UInt32, flags: UInt8 = 8) -> Frame {
                let inner = Frame(to: .broadcast, from: .number(5), payload: marker.bytes)
                let udp = Frame.udp(
                    from: (source, 50000), to: ([192, 0, 2, 2], 4789),
                    payload: Frame.vxlan(vni: vni, flags: flags, inner: inner))
                return Frame(to: .lab(2, 0), from: .lab(1, 0), type: 0x0800, payload: udp)
            }
            let before = try Node.ldn.status().drops(reason)
            for _ in 0..<Self.count {
                try wire.send(packet(legitimate, from: [192, 0, 2, 1], vni: good))
                try wire.send(packet(intruder, from: source, vni: vni, flags: flags))
            }
            let receiver = good == 4201 ? sockets[.ldnA] : sockets[.ldnB]
            #expect(try receiver.frames(with: legitimate.bytes).count == Self.count)
            try sockets.expectNone(of: intruder, on: [.nyA, .nyB, .ldnA, .ldnB])
            #expect(try Node.ldn.status().drops(reason) == before + Self.count)
        }
    }
}

/// A packet socket on each tenant.
private struct Sockets {
    private let each: [Host: FrameSocket]

    init() throws {
        each = try Dictionary(
            uniqueKeysWithValues: [Host.nyA, .nyB, .ldnA, .ldnB].map {
                ($0, try FrameSocket(on: $0, interface: "eth0"))
            })
    }

    subscript(tenant: Host) -> FrameSocket { each[tenant]! }

    func expectNone(of marker: Marker, on tenants: [Host]) throws {
        for tenant in tenants {
            let found = try self[tenant].frames(with: marker.bytes, quietFor: 0.1)
            #expect(found.isEmpty, "\(found.count) frames on \(tenant), where none may be")
        }
    }
}
