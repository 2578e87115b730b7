import Policy
import Testing

@testable import Datapath
@testable import PacketLab

/// Where frames go, seen where they arrive: at the tenants' ends and on the wire.
@Suite("packets: forwarding", .enabled(if: mayMakeNamespaces))
struct PacketsForwardingTests {
    @Test("a frame for everybody goes to each other port and each peer of its slice, and nowhere else")
    func copies() async {
        await #expect(processExitsWith: .success) { try Self.checkCopies() }
    }

    private static func checkCopies() throws {
        let node = try PacketNode()
        let ends = try ["t1", "t2", "t3", "t4", "w0"].map { ($0, try node.end($0)) }
        func arrivals(_ expected: [String: Int], _ sentence: String) -> [String: [[UInt8]]] {
            let frames = ends.map { ($0.0, $0.1.receive(expected[$0.0] ?? 0)) }
            #expect(
                Dictionary(uniqueKeysWithValues: frames.filter { !$0.1.isEmpty }.map { ($0.0, $0.1.count) })
                    == expected, "\(sentence)")
            return Dictionary(uniqueKeysWithValues: frames)
        }
        let frame = Packet.ethernet(to: .broadcast).payload(count: 46)
        let tagged = frame.bytes.tagged(12)

        try node.end("t1").send(frame.bytes)
        let fromP1 = arrivals(["t3": 1, "t4": 1, "w0": 2], "from a port")
        #expect(fromP1["t3"] == [frame.bytes])
        #expect(fromP1["t4"] == [tagged], "a trunk's port gets its tag")
        let outer = try #require(fromP1["w0"])
        #expect(
            Set(outer.map { Array($0[26..<34]) }) == [[192, 0, 2, 1, 192, 0, 2, 2], [192, 0, 2, 1, 192, 0, 2, 3]])
        for packet in outer {
            #expect(packet.tunnelled == Tunnelled(vni: 4201, inner: frame.bytes, tos: 0x04, isDF: true))
        }

        try node.end("t2").send(frame.bytes)
        let fromP2 = arrivals(["t4": 1, "w0": 1], "from another slice's port")
        #expect(fromP2["t4"] == [frame.bytes.tagged(13)])
        #expect(fromP2["w0"]?.first?.tunnelled?.vni == 4202)

        try node.end("t4").send(tagged)
        let fromTrunk = arrivals(["t1": 1, "t3": 1, "w0": 2], "from a trunk")
        #expect(fromTrunk["t1"] == [frame.bytes], "its tag is the port's name, and no part of the frame")
        #expect(fromTrunk["w0"]?.first?.tunnelled?.inner == frame.bytes)
        try node.end("t4").send(frame.bytes.tagged(13))
        _ = arrivals(["t2": 1, "w0": 1], "from the trunk's other port")
        try node.end("t4").send(frame.bytes.tagged(14))
        try node.end("t4").send(frame.bytes)
        _ = arrivals([:], "from a VLAN of the trunk that is no port, and without a tag")
    }

    @Test("what a peer sends is delivered to the slice's ports, learned, and never sent to peers again")
    func delivery() async {
        await #expect(processExitsWith: .success) { try Self.checkDelivery() }
    }

    private static func checkDelivery() throws {
        let node = try PacketNode()
        let ldn: IPAddress = "192.0.2.2", fra: IPAddress = "192.0.2.3"
        try node.learn(.farHost, behind: ldn, vni: 4201)
        try node.learn(.local(0x2D), behind: fra, vni: 4201)
        for port in ["p1", "p2"] { try node.meet(.host, at: port) }
        let ends = try ["t1", "t2", "t3", "t4", "w0"].map { ($0, try node.end($0)) }
        let inner = { (destination: MACAddress) in
            Packet.ethernet(to: destination, from: .farHost).ipv4("10.0.0.2", "10.0.0.1").udp(1, 2).padded(to: 90).bytes
        }
        // From whom, in which network, for whom; who gets it, and what is counted.
        let rows: [(String, peer: IPAddress, vni: UInt32, to: MACAddress, [String: Int], [String: Int])] = [
            ("a known address", ldn, 4201, .host, ["t1": 1], ["delivered": 1]),
            ("everybody", ldn, 4201, .broadcast, ["t1": 1, "t3": 1, "t4": 1], ["delivered": 1]),
            ("an unknown address", ldn, 4201, .local(0x99), ["t1": 1, "t3": 1, "t4": 1], ["delivered": 1]),
            ("a group", ldn, 4201, MACAddress(value: 0x0100_5E00_0001), ["t1": 1, "t3": 1, "t4": 1], ["delivered": 1]),
            ("a configured address", ldn, 4201, .local(7), ["t3": 1], ["delivered": 1]),
            (
                "the same address in another slice is another", ldn, 4202, .host, ["t2": 1],
                ["delivered": 1, "learned": 1]
            ),
            ("an address behind another peer", ldn, 4201, .local(0x2D), [:], ["drop split_horizon": 1]),
            ("an address that moved to another peer", fra, 4201, .host, ["t1": 1], ["delivered": 1, "learned": 1]),
            ("a network the peer does not share", fra, 4202, .host, [:], ["drop wrong_vni": 1]),
            ("a stranger", "192.0.2.9", 4201, .host, [:], ["drop not_peer": 1]),
        ]
        for row in rows {
            let before = try node.counts()
            let frame = inner(row.to)
            try node.end("w0").send(node.tunnelled(row.vni, from: row.peer).payload(frame).bytes)
            let frames = ends.map { ($0.0, $0.1.receive(row.4[$0.0] ?? 0)) }.filter { !$0.1.isEmpty }
            #expect(Dictionary(uniqueKeysWithValues: frames.map { ($0.0, $0.1.count) }) == row.4, "\(row.0)")
            #expect(
                frames.allSatisfy { $0.1.allSatisfy { $0 == ($0.count > frame.count ? frame.tagged(12) : frame) } },
                "\(row.0)")
            #expect(try node.counts().exceeding(before) == row.5, "\(row.0)")
        }
        let known = try node.kernel.addresses(vni: 4201)
        #expect(known.first { $0.mac == .farHost }?.place == .peer(fra))
        #expect(known.first { $0.mac == .host }?.place == .port(interface: "p1", vlan: nil))
    }

    @Test("VXLAN for another address of the host is nobody's, whoever says to have sent it")
    func otherAddress() async {
        await #expect(processExitsWith: .success) { try Self.checkOtherAddress() }
    }

    private static func checkOtherAddress() throws {
        let node = try PacketNode()
        try run("ip addr add 192.0.2.101/24 dev u0")
        for (address, counts) in [
            ("192.0.2.101", ["drop not_peer": 1]), ("192.0.2.1", ["delivered": 1, "learned": 1]),
        ] as [(IPAddress, [String: Int])] {
            let before = try node.counts()
            let outer = Packet.ethernet(to: PacketNode.ownMAC).ipv4("192.0.2.2", address)
            try node.end("w0").send(
                outer.udp(49152, 4789, checksum: 0).vxlan(4201).ethernet(to: .broadcast, from: .farHost)
                    .payload(count: 46).bytes)
            #expect(try eventually { try node.counts().exceeding(before) == counts }, "\(address)")
        }
    }

    @Test("what slips past the guard in fragments is judged once it is whole")
    func fragments() async {
        await #expect(processExitsWith: .success) { try Self.checkFragments() }
    }

    private static func checkFragments() throws {
        let node = try PacketNode()
        for (peer, vni, reason) in [("192.0.2.9", 4201, "not_peer"), ("192.0.2.3", 4202, "wrong_vni")]
            as [(IPAddress, UInt32, String)]
        {
            let before = try node.counts()
            let datagram = Packet().udp(49152, 4789, checksum: 0).vxlan(vni).ethernet().payload(count: 46).bytes
            let outer = Packet.ethernet(to: PacketNode.ownMAC)
            try node.end("w0").send(
                outer.ipv4(peer, "192.0.2.1", more: true, number: 17).payload(Array(datagram[..<40])).bytes)
            #expect(try node.counts().exceeding(before) == [:])
            try node.end("w0").send(
                outer.ipv4(peer, "192.0.2.1", fragment: 5, number: 17).payload(Array(datagram[40...])).bytes)
            #expect(try eventually { try node.counts().exceeding(before) == ["drop \(reason)": 1] })
        }
    }

    @Test("frames between two ports of a slice are switched, and a device that is no tunnel delivers nothing")
    func local() async {
        await #expect(processExitsWith: .success) { try Self.checkLocal() }
    }

    private static func checkLocal() throws {
        let node = try PacketNode.informed()
        try node.meet(.local(0x33), at: "p3")
        try node.check([
            .other(
                "to the other port", Packet.ethernet(to: .local(0x33)).ipv4().udp(4000, 7001).bytes, .redirect,
                ["switched": 1]),
            .other(
                "longer than the underlay carries, which it does not meet",
                Packet.ethernet(to: .local(0x33)).ipv4().udp(1, 2).padded(to: 1514).bytes, .redirect, ["switched": 1]),
            .other(
                "to a configured address", Packet.ethernet(to: .local(7)).ipv4().udp(1, 2).bytes, .redirect,
                ["switched": 1]),
            .other(
                "an address that moves is learned again",
                Packet.ethernet(to: .local(0x33), from: .farHost).payload(count: 46).bytes, .redirect,
                ["switched": 1, "learned": 1]),
            .other(
                "of another slice's address nothing is known",
                Packet.ethernet(to: .local(0x33)).payload(count: 46).bytes, .shot, queue: "common bulk", port: "p2",
                ["flooded": 1, "spot bulk packets": 1, "spot bulk bytes": 110]),
        ])
        let outcome = try node.put(
            Packet.ethernet().payload(count: 46).bytes, through: .fabricIngress, at: "sh-\(PacketNode.name)"
        ).outcome
        #expect(outcome == Outcome(verdict: .shot, queue: "none", counts: ["drop tunnel": 1]))
    }

    @Test("address resolution goes in the node's own queue, and is remembered; other ICMPv6 is traffic")
    func resolution() async {
        await #expect(processExitsWith: .success) { try Self.checkResolution() }
    }

    private static func checkResolution() throws {
        let node = try PacketNode.informed()
        let all = Packet.ethernet(to: .broadcast), group = Packet.ethernet(to: MACAddress(value: 0x3333_FF00_0002))
        func own(_ sentence: String, _ packet: Packet, _ verdict: Outcome.Verdict, _ counts: [String: Int] = [:])
            -> PacketRow
        {
            .other(sentence, packet.bytes, verdict, queue: "own", counts.merging(["resolution": 1]) { $1 })
        }
        let flooded = ["flooded": 1]
        try node.check([
            own("an ARP request", all.arp(ip: "10.0.0.1", target: "10.0.0.2"), .shot, flooded),
            own(
                "an ARP answer", Packet.ethernet().arp(2, ip: "10.0.0.1", target: "10.0.0.2", targetMAC: .farHost),
                .redirect),
            own("ARP of other hardware", all.arp(ip: "10.0.0.1", target: "10.0.0.2").vlan(5), .shot, flooded),
            own(
                "a neighbour solicitation", group.ipv6("fe80::1", "ff02::1:ff00:2").icmp6(135).payload(count: 20),
                .shot, flooded),
            own("a neighbour advertisement", Packet.ethernet().ipv6().icmp6(136).payload(count: 20), .redirect),
            own("a router solicitation", group.ipv6("fe80::1", "ff02::2").icmp6(133).payload(count: 4), .shot, flooded),
            .queued("an echo over IPv6", Packet.ethernet().ipv6().icmp6(128).payload(count: 20), "perp bulk"),
            .queued("a type beside them", Packet.ethernet().ipv6().icmp6(138).payload(count: 20), "perp bulk"),
        ])
        #expect(try node.kernel.neighbour("10.0.0.1", vni: 4201) == .host)
        #expect(try node.kernel.neighbour("10.0.0.1", vni: 4202) == nil)
        try node.pass(all.arp(mac: .local(0x66), ip: "10.0.0.66", target: "10.0.0.1").bytes)
        #expect(try node.kernel.neighbour("10.0.0.66", vni: 4201) == nil, "who speaks for another is not believed")
    }
}
