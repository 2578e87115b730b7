import Testing

@testable import PacketLab

/// Packets that end too early, through the real interfaces: the kernel's test runs refuse some of them.
@Suite("packets: cut short", .enabled(if: mayMakeNamespaces))
struct PacketsCutShortTests {
    @Test(
        "every beginning of a packet is carried in its slice or dropped as malformed; nothing of it gets out elsewhere")
    func everyLength() async {
        await #expect(processExitsWith: .success) { try Self.checkEveryLength() }
    }

    private static func checkEveryLength() throws {
        let node = try PacketNode.informed()
        let spot = try node.end("t2"), wire = try node.end("w0")
        let frame = Packet.ethernet()
        let packets: [(String, Packet)] = [
            ("TCP with options", frame.ipv4(options: [1, 1, 1, 0]).tcp(4000, 9000, options: [1, 1, 1, 0])),
            ("UDP of a payload rule", frame.ipv4().udp(4000, 7002).payload(count: 8)),
            (
                "a chain of extension headers",
                frame.ipv6().options(.hopByHop).options(.routing, units: 1).fragment6(0).udp(1, 2)
            ),
            ("neighbour discovery", frame.ipv6().icmp6(135).payload(count: 20)),
            ("two tags", frame.vlan(5).vlan(6).ipv4().sctp(5000, 5000)),
            ("ARP", frame.arp(ip: "10.0.0.1", target: "10.0.0.2")),
            ("a tunnel in the tunnel", frame.ipv4().udp(1, 4789).vxlan(4202).ethernet().ipv4().tcp(1, 2)),
        ]
        for (name, packet) in packets {
            var carried = 0, malformed = 0
            // Of a shorter tagged frame the kernel makes nothing, before any program.
            let shortest = packet.bytes[12...13] == [0x81, 0] ? 20 : 14
            for length in shortest...packet.count {
                try node.refillBuckets()
                let before = try node.counts()
                try node.end("t1").send(packet.cut(to: length))
                #expect(try eventually { try node.counts() != before }, "\(name), \(length) bytes")
                let moved = try node.counts().exceeding(before)
                #expect(
                    moved.keys.allSatisfy { !$0.hasPrefix("spot") && $0 != "flooded" },
                    "\(name), \(length) bytes: \(moved)")
                if moved == ["drop malformed": 1] { malformed += 1 } else { carried += 1 }
            }
            #expect(carried + malformed == packet.count - shortest + 1)
            #expect(carried > 0, "\(name): the whole of it, for one")
            let sent = wire.receive(carried)
            #expect(sent.count == carried, "\(name)")
            #expect(sent.allSatisfy { $0.tunnelled?.vni == 4201 }, "\(name)")
            #expect(sent.allSatisfy { packet.bytes.starts(with: $0.tunnelled?.inner ?? [0]) }, "\(name)")
        }
        #expect(spot.receive(0) == [])
    }
}
