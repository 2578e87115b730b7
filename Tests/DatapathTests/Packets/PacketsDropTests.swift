import CBPF
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

/// Every reason to drop, provoked; and no other counter moves.
@Suite("packets: drops", .enabled(if: mayMakeNamespaces))
struct PacketsDropTests {
    @Test("what may not enter by a port is dropped for the right reason")
    func ports() async {
        await #expect(processExitsWith: .success) { try Self.checkPorts() }
    }

    private static func checkPorts() throws {
        let frame = Packet.ethernet()
        let rows: [PacketRow] = [
            .dropped("a header length below five words", frame.ipv4(headerWords: 4).udp(1, 2).bytes, "malformed"),
            .dropped("a header length of none", frame.ipv4(headerWords: 0).udp(1, 2).bytes, "malformed"),
            .dropped(
                "IPv6 where IPv4 was announced", Packet.ethernet(type: 0x0800).ipv6().udp(1, 2).bytes, "malformed"),
            .dropped(
                "IPv4 where IPv6 was announced", Packet.ethernet(type: 0x86DD).ipv4().udp(1, 2).padded(to: 80).bytes,
                "malformed"),
            .dropped("an extension header cut short", frame.ipv6().options(.hopByHop).cut(to: 61), "malformed"),
            .dropped(
                "an extension header that says it is longer than the packet",
                frame.ipv6().options(.routing, number: 60).payload([6, 200]).bytes, "malformed"),
            .dropped("a VLAN tag cut short", frame.vlan(5).cut(to: 17), "malformed"),
            .dropped(
                "a group address as the source",
                Packet.ethernet(from: MACAddress(value: 0x0100_5E00_0001)).ipv4().udp(1, 2).bytes, "source_mac"),
            .dropped("broadcast as the source", Packet.ethernet(from: .broadcast).ipv4().udp(1, 2).bytes, "source_mac"),
            .dropped(
                "a configured address at another port", Packet.ethernet(from: .local(7)).ipv4().udp(1, 2).bytes,
                "static_mac"),
            .dropped(
                "a frame for the port it came from", Packet.ethernet(to: .host).ipv4().udp(1, 2).bytes, "no_destination"
            ),
            .dropped("an interface that is no port", frame.ipv4().udp(1, 2).bytes, "no_port", port: "t2"),
            .other(
                "a trunk's frame without a tag is the host's", frame.ipv4().udp(1, 2).bytes, .unspecified, port: "p4"),
            .other(
                "a configured address at its own port",
                Packet.ethernet(to: .host, from: .local(7)).ipv4().udp(1, 2).bytes, .redirect, port: "p3",
                ["switched": 1]),
        ]
        try PacketNode.informed().check(rows)
    }

    @Test("a trunk's frames that are the host's may not speak to its tunnel")
    func trunks() async {
        await #expect(processExitsWith: .success) { try Self.checkTrunks() }
    }

    private static func checkTrunks() throws {
        let frame = Packet.ethernet(to: PacketNode.ownMAC), own = frame.ipv4("192.0.2.2", "192.0.2.1")
        let vxlan = Packet().vxlan(4201).ethernet().payload(count: 46).bytes
        func refused(_ sentence: String, _ packet: Packet) -> PacketRow {
            .dropped(sentence, packet.payload(vxlan).bytes, "not_peer", port: "p4")
        }
        func handedOn(_ sentence: String, _ packet: Packet) -> PacketRow {
            .other(sentence, packet.payload(vxlan).bytes, .unspecified, port: "p4")
        }
        try PacketNode.informed().check([
            refused("VXLAN as a peer's", own.udp(1, 4789)),
            refused("VXLAN as a stranger's", frame.ipv4("192.0.2.9", "192.0.2.1").udp(1, 4789)),
            refused("behind options", frame.ipv4("192.0.2.2", "192.0.2.1", options: [1, 1, 1, 0]).udp(1, 4789)),
            refused("behind a tag", frame.vlan(14).ipv4("192.0.2.2", "192.0.2.1").udp(1, 4789)),
            refused("the first fragment", frame.ipv4("192.0.2.2", "192.0.2.1", more: true).udp(1, 4789)),
            refused("a later fragment", frame.ipv4("192.0.2.2", "192.0.2.1", fragment: 9, number: 17)),
            handedOn("another UDP port", own.udp(4789, 53)), handedOn("TCP", own.tcp(1, 4789)),
            handedOn("ICMP", own.icmp(8)),
            handedOn("a fragment of TCP", frame.ipv4("192.0.2.2", "192.0.2.1", fragment: 9, number: 6)),
            handedOn("another's address", frame.ipv4("192.0.2.2", "192.0.2.77").udp(1, 4789)),
            handedOn("the same address over IPv6 is another", frame.ipv6().udp(1, 4789)),
            handedOn("not IP", frame),
            handedOn("headers that the host refuses", frame.ipv4("192.0.2.2", "192.0.2.1", headerWords: 4)),
        ])
    }

    @Test("on an IPv6 underlay neither, behind whatever headers")
    func trunks6() async {
        await #expect(processExitsWith: .success) { try Self.checkTrunks6() }
    }

    private static func checkTrunks6() throws {
        let own = Packet.ethernet(to: PacketNode.ownMAC).ipv6("2001:db8:f::2", "2001:db8:f::1")
        let many = (0..<7).reduce(own) { packet, _ in packet.options(.destinationOptions) }
        let refused = [
            own.udp(1, 4789), own.options(.destinationOptions).udp(1, 4789), many.udp(1, 4789),
            own.options(.hopByHop, units: 255).udp(1, 4789), own.fragment6(0, more: true).udp(1, 4789),
            own.fragment6(0, more: true).options(.destinationOptions).udp(1, 4789),
        ]
        let handedOn = [own.udp(1, 53), own.tcp(1, 4789), own.icmp6(128), Packet.ethernet().ipv6().udp(1, 4789)]
        try PacketNode(PacketNode.policy.replacing("192.0.2.", with: "2001:db8:f::")).check(
            refused.map { .dropped("\($0)", $0.payload(count: 60).bytes, "not_peer", port: "p4") }
                + handedOn.map { .other("\($0)", $0.payload(count: 60).bytes, .unspecified, port: "p4") })
    }

    @Test("without a policy in force nothing enters by a port, and the underlay is not guarded")
    func noGeneration() async {
        await #expect(processExitsWith: .success) { try Self.checkNoGeneration() }
    }

    private static func checkNoGeneration() throws {
        let node = try PacketNode()
        try node.kernel.pinned!.maps.control.set(UInt32(0), shaper_control())
        let frame = Packet.ethernet().ipv4().udp(1, 2).bytes
        let dropped = Outcome(verdict: .shot, queue: "none", counts: ["drop no_generation": 1])
        #expect(try node.put(frame).outcome == dropped)
        #expect(try node.put(frame, through: .fabricIngress, at: "sh-\(PacketNode.name)").outcome == dropped)
        let outer = node.tunnelled(4201, from: "192.0.2.9").bytes
        let (verdict, counts, _) = try node.putXDP(outer)
        #expect(verdict == XDP_PASS && counts.isEmpty)
    }

    @Test("the guard lets in what a peer may send, and only that")
    func guardTable() async {
        await #expect(processExitsWith: .success) { try Self.checkGuardTable() }
    }

    private static func checkGuardTable() throws {
        let node = try PacketNode()
        func tunnelled(_ vni: UInt32, _ peer: IPAddress = "192.0.2.2", flags: UInt8 = 8) -> Packet {
            node.tunnelled(vni, from: peer, VXLAN(vni: vni, flags: flags, reserved: [0, 0, 0, 0])).ethernet().ipv4()
                .udp(1, 2)
        }
        func outer(_ source: IPAddress = "192.0.2.9", to: IPAddress = "192.0.2.1") -> Packet {
            Packet.ethernet(to: PacketNode.ownMAC).ipv4(source, to)
        }
        let vxlan = Packet().vxlan(4201).ethernet().ipv4().udp(1, 2).bytes
        let rows: [(String, [UInt8], String?)] = [
            ("a slice the peer shares", tunnelled(4201).bytes, nil),
            ("another slice it shares", tunnelled(4202).bytes, nil),
            ("the second peer's slice", tunnelled(4201, "192.0.2.3").bytes, nil),
            ("a slice that exists, but not at this peer", tunnelled(4202, "192.0.2.3").bytes, "wrong_vni"),
            ("a slice that does not exist", tunnelled(4203).bytes, "wrong_vni"),
            ("network 0", tunnelled(0).bytes, "wrong_vni"),
            ("the highest network", tunnelled(0xFF_FFFF).bytes, "wrong_vni"),
            ("a stranger", tunnelled(4201, "192.0.2.9").bytes, "not_peer"),
            ("our own address as the sender", tunnelled(4201, "192.0.2.1").bytes, "not_peer"),
            ("no flag of a network", tunnelled(4201, flags: 0).bytes, "bad_vxlan"),
            ("every flag but that", tunnelled(4201, flags: 0xF7).bytes, "bad_vxlan"),
            ("a VXLAN header cut short", tunnelled(4201).cut(to: 14 + 20 + 8 + 7), "bad_vxlan"),
            ("a VXLAN header and no more", tunnelled(4201).cut(to: 14 + 20 + 8 + 8), nil),
            ("a UDP header cut short is no VXLAN", tunnelled(4201, "192.0.2.9").cut(to: 14 + 20 + 7), nil),
            ("another UDP port", outer().udp(1, 8472).payload(vxlan).bytes, nil),
            ("VXLAN for somebody else", outer(to: "192.0.2.77").udp(1, 4789).payload(vxlan).bytes, nil),
            ("the port as the source only", outer().udp(4789, 53).payload(vxlan).bytes, nil),
            ("TCP on the port", outer().tcp(1, 4789).payload(vxlan).bytes, nil),
            (
                "a fragment, which the device's program judges",
                Packet.ethernet(to: PacketNode.ownMAC).ipv4("192.0.2.9", "192.0.2.1", more: true).udp(1, 4789).payload(
                    vxlan
                ).bytes, nil
            ),
            (
                "a header length below five words, which the host drops",
                Packet.ethernet(to: PacketNode.ownMAC).ipv4("192.0.2.9", "192.0.2.1", headerWords: 4).udp(1, 4789)
                    .payload(vxlan).bytes, nil
            ),
            (
                "options in the outer header",
                Packet.ethernet(to: PacketNode.ownMAC).ipv4("192.0.2.9", "192.0.2.1", options: [1, 1, 1, 0]).udp(
                    1, 4789
                ).payload(vxlan).bytes, "not_peer"
            ),
            ("IPv6, which this node has no tunnel on", Packet.ethernet().ipv6().udp(1, 4789).payload(vxlan).bytes, nil),
            ("ARP", Packet.ethernet(to: .broadcast).arp(ip: "192.0.2.9", target: "192.0.2.1").bytes, nil),
            (
                "a tag, behind which the device's program looks",
                Packet.ethernet().vlan(5).ipv4("192.0.2.9", "192.0.2.1").udp(1, 4789).payload(vxlan).bytes, nil
            ),
        ]
        for (sentence, frame, reason) in rows {
            let (verdict, counts, left) = try node.putXDP(frame)
            #expect(left == frame, "the guard changes nothing")
            #expect(verdict == (reason == nil ? XDP_PASS : XDP_DROP), "\(sentence)")
            // Of what may enter, XDP looks for the port, and learns the sender.
            let counted = reason == nil ? counts.filter { $0.key != "learned" } : counts
            #expect(counted == (reason.map { ["drop \($0)": 1] } ?? [:]), "\(sentence)")
        }
    }
}
