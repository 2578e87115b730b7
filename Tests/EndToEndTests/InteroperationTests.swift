import Testing

/// The shaper's node `ny` and a node `ldn` that has never heard of it: the kernel's own VXLAN device and bridge.
extension EndToEnd {
    @Suite(.carried(ny: .shaper, ldn: .kernel)) struct Interoperation {
        private static let tenants: [Host] = [.nyA, .ldnA]

        @Test(arguments: [(Host.nyA, "10.0.0.2"), (.ldnA, "10.0.0.1"), (.nyA, "fd00::2"), (.ldnA, "fd00::1")])
        func `a tenant finds the other one's address by itself, and reaches it`(from: Host, address: String) throws {
            for tenant in Self.tenants { try run("ip neigh flush all", on: tenant) }
            try run(["ping", "-c", "5", "-i", "0.05", "-W", "1", address], on: from)
            #expect(try run("ip neigh show", on: from).contains("\(address) dev eth0 lladdr 02:00:00:00:0"))
        }

        @Test(arguments: ["on", "off"])
        func `TCP arrives byte by byte, whoever completes the checksums`(offload: String) throws {
            for tenant in Self.tenants { try run("ethtool -K eth0 tx \(offload)", on: tenant) }
            defer { for tenant in Self.tenants { _ = try? run("ethtool -K eth0 tx on", on: tenant) } }
            let content = noise(megabytes: 8)
            let before = try checksumErrors()
            #expect(try transfer(content, from: .nyA, to: .ldnA, at: "10.0.0.2") == content.count)
            #expect(try transfer(content, from: .ldnA, to: .nyA, at: "10.0.0.1") == content.count)
            #expect(try transfer(content, from: .nyA, to: .ldnA, at: "fd00::2") == content.count)
            #expect(try transfer(content, from: .ldnA, to: .nyA, at: "fd00::1") == content.count)
            #expect(try checksumErrors() == before)
        }

        @Test func `a checksum that is wrong is delivered as it is, and the receiver's to judge`() throws {
            let before = try Host.ldnA.networkCounter("UdpInCsumErrors")
            let socket = try FrameSocket(on: .nyA, interface: "eth0")
            for error: UInt16 in [0, 1] {
                let datagram = Frame.udp(
                    from: ([10, 0, 0, 1], 4000), to: ([10, 0, 0, 2], 4000), payload: [1, 2, 3], checksumError: error)
                for _ in 0..<5 {
                    try socket.send(Frame(to: .lab(2, 1), from: .lab(1, 1), type: 0x0800, payload: datagram))
                }
            }
            #expect(
                try eventually(within: 60) { try Host.ldnA.networkCounter("UdpInCsumErrors") == before + 5 },
                "five of the ten datagrams are wrong")
        }

        @Test(arguments: [32, 1422, 1423, 4000, 60000])
        func `datagrams arrive whole, fragmented by their sender or not`(size: Int) throws {
            let delays = try Probe(from: .nyA, to: .ldnA, port: 7400, rate: 200, seconds: 0.5, payload: size).run()
            #expect(delays.received == 100 && delays.lostOnTheWay == 0)
        }
    }
}
