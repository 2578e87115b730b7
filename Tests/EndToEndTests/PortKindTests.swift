import Testing

extension EndToEnd {
    /// What can be a port: `p1` is a veth into another namespace; these are the others.
    @Suite(.carried(ny: .shaper, ldn: .shaper)) struct PortKinds {
        /// Adds ports to the slices of `ny` while `body` runs.
        private func with(perp: String = "p1", spot: String = "p2", _ body: () throws -> Void) throws {
            let policy = try Node.ny.policy()
            try Node.ny.apply(
                policy.replacing("ports: [p1]", with: "ports: [\(perp)]").replacing(
                    "ports: [p2]", with: "ports: [\(spot)]"))
            defer { _ = try? Node.ny.apply(policy) }
            try body()
        }

        /// A veth with both ends in the node's namespace: the port `q0`, and `q1`, which has the address 10.0.0.11.
        private func withLocalVeth(_ body: () throws -> Void) throws {
            try run("ip link add q0 mtu 1450 type veth peer name q1 mtu 1450 address 02:00:00:00:01:11", on: .ny)
            defer { _ = try? run("ip link del q0", on: .ny) }
            try run("ip addr add 10.0.0.11/24 dev q1", on: .ny)
            for end in ["q0", "q1"] { try run("ip link set \(end) up", on: .ny) }
            try with(perp: "p1, q0", body)
        }

        @Test func `a veth with both ends in the node's namespace`() throws {
            try withLocalVeth {
                try run("ping -c 3 -i 0.05 -W 1 -I q1 10.0.0.2", on: .ny)
                try run("ping -c 3 -i 0.05 -W 1 10.0.0.11", on: .ldnA)
            }
        }

        @Test func `two ports of one slice on one node talk without the wire`() throws {
            try withLocalVeth {
                try run("ping -c 1 -W 1 10.0.0.11", on: .nyA)
                let before = try Host.ny.traffic(of: "u0").sentPackets
                try run("ping -c 100 -i 0.01 -W 1 10.0.0.11", on: .nyA)
                #expect(try Host.ny.traffic(of: "u0").sentPackets < before + 20)
            }
        }

        @Test func `a port gets back nothing that it sent`() throws {
            let marker = Marker()
            let socket = try FrameSocket(on: .nyA, interface: "eth0")
            for destination in [MAC.lab(1, 1), .broadcast, .number(1)] {
                for number in 0..<20 {
                    try socket.send(Frame(to: destination, from: .lab(1, 1), payload: marker.bytes(number)))
                }
            }
            #expect(try socket.frames(with: marker.bytes).isEmpty)
        }

        @Test func `a tap`() throws {
            let tap = try FrameSocket(tap: "tap0", on: .ny)
            try run("ip link set tap0 mtu 1450 up", on: .ny)
            try with(perp: "p1, tap0") {
                let address = MAC.number(1000)
                try expectFrames(from: tap, address, to: FrameSocket(on: .ldnA, interface: "eth0"), .lab(2, 1))
                try expectFrames(from: tap, address, to: FrameSocket(on: .nyA, interface: "eth0"), .lab(1, 1))
            }
        }

        @Test func `VLANs of a trunk are ports of different slices`() throws {
            try run(
                ["ip", "link", "add", "t0", "type", "veth", "peer", "name", "t1", "netns", "\(Lab.prefix)ny-b"], on: .ny
            )
            defer { _ = try? run("ip link del t0", on: .ny) }
            try run("ip link set t0 mtu 1450 up", on: .ny)
            try run("ip link set t1 mtu 1450 up", on: .nyB)
            try with(perp: "p1, {interface: t0, vlan: 12}", spot: "p2, {interface: t0, vlan: 13}") {
                let trunk = try FrameSocket(on: .nyB, interface: "t1")
                let perp = try FrameSocket(on: .ldnA, interface: "eth0")
                let spot = try FrameSocket(on: .ldnB, interface: "eth0")
                // The same address on both: what tells them apart is the tag.
                try expectFrames(from: trunk, .number(2000), vlan: 12, to: perp, .lab(2, 1), notTo: spot)
                try expectFrames(from: trunk, .number(2000), vlan: 13, to: spot, .lab(2, 2), notTo: perp)
                for vlan in [nil, 14] as [UInt16?] {
                    let marker = Marker()
                    try trunk.send(Frame(to: .broadcast, from: .number(2001), vlan: vlan, payload: marker.bytes))
                    for receiver in [perp, spot] {
                        #expect(try receiver.frames(with: marker.bytes, quietFor: 0.2).isEmpty, "no port's VLAN")
                    }
                }
            }
        }

        /// Frames there, to one address and to everybody, and frames back; each just once, and with the port's tag.
        private func expectFrames(
            from here: FrameSocket, _ hereMAC: MAC, vlan: UInt16? = nil, to there: FrameSocket, _ thereMAC: MAC,
            notTo stranger: FrameSocket? = nil
        ) throws {
            let (outward, back) = (Marker(), Marker())
            // Who has not spoken yet would be flooded to: say where everybody is first.
            try there.send(Frame(to: .broadcast, from: thereMAC, payload: back.bytes(0)))
            for number in 0..<10 {
                try here.send(Frame(to: thereMAC, from: hereMAC, vlan: vlan, payload: outward.bytes(number)))
                try here.send(Frame(to: .broadcast, from: hereMAC, vlan: vlan, payload: outward.bytes(number)))
            }
            let arrived = try there.frames(with: outward.bytes)
            #expect(arrived.count == 20 && arrived.allSatisfy { $0.vlan == nil })
            for number in 0..<10 { try there.send(Frame(to: hereMAC, from: thereMAC, payload: back.bytes(number))) }
            let returned = try here.frames(with: back.bytes)
            #expect(returned.count == 11 && returned.allSatisfy { $0.vlan == vlan })
            if let stranger {
                #expect(try stranger.frames(with: outward.bytes, quietFor: 0.1).isEmpty)
                #expect(try stranger.frames(with: back.bytes, quietFor: 0.1).isEmpty)
            }
        }
    }

    /// The same slices over an IPv6 underlay, whose outer headers are 20 bytes longer.
    @Suite struct IPv6Underlay {
        @Test func `everything goes over an IPv6 underlay too`() throws {
            try setMTU(1430)
            defer { _ = try? setMTU(1450) }
            for (node, number, peer) in [(Node.ny, 1, 2), (.ldn, 2, 1)] {
                try node.apply(
                    node.policy()
                        .replacing("address: 192.0.2.\(number)\n", with: "address: 2001:db8::\(number)\n")
                        .replacing("address: 192.0.2.\(peer),", with: "address: \"2001:db8::\(peer)\","))
            }
            defer { for node in [Node.ny, .ldn] { _ = try? node.unload() } }
            for address in ["10.0.0.2", "fd00::2"] {
                try run("ping -c 3 -i 0.05 -W 1 \(address)", on: .nyA)
                try run("ping -c 3 -i 0.05 -W 1 \(address)", on: .nyB)
                let content = noise(megabytes: 4)
                #expect(try transfer(content, from: .nyA, to: .ldnA, at: address) == content.count)
            }
        }

        private func setMTU(_ mtu: Int) throws {
            for node in [Host.ny, .ldn] {
                for port in ["p1", "p2"] { try run("ip link set \(port) mtu \(mtu)", on: node) }
            }
            for tenant in [Host.nyA, .nyB, .ldnA, .ldnB] { try run("ip link set eth0 mtu \(mtu)", on: tenant) }
        }
    }
}
