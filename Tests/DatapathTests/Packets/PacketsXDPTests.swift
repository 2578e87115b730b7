import CBPF
import Glibc
import Plan
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

/// Express packets that XDP sends to peers by itself.
@Suite("packets: express by XDP", .enabled(if: mayMakeNamespaces))
struct PacketsXDPTests {
    /// Everything of slice `perp` but TCP is express: whatever else passes does so for the reason a table gives.
    static let policy = PacketNode.xdpPolicy.replacing(
        "rules:\n",
        with: "rules:\n  - {class: bulk, slice: perp, protocol: tcp}\n  - {class: liquidation, slice: perp}\n")

    static func node(_ text: String = policy) throws -> PacketNode {
        let node = try PacketNode.informed(text)
        try node.keepHops()
        return node
    }

    @Test("a packet gets the outer headers of its slice, class and peer, is counted as by tc, and goes to the underlay")
    func sent() async {
        await #expect(processExitsWith: .success) { try Self.checkSent() }
    }

    private static func checkSent() throws {
        let node = try node()
        let frame = Packet.ethernet()
        var rows: [(String, packet: Packet, ecn: UInt8)] = [
            ("a frame without a payload", frame.ipv4().udp(1, 2), 0),
            ("the longest", frame.ipv4().udp(1, 2).padded(to: 1464), 0),
            ("IPv6", frame.ipv6().udp(1, 2).payload(count: 21), 0),
            ("IPv6 with a DSCP, which stays inside", frame.ipv6(dscp: 63).udp(1, 2), 0),
            ("IPv6 with extension headers", frame.ipv6(ecn: 1).options(.hopByHop).udp(1, 2), 1),
            ("a fragment", frame.ipv4(ecn: 2, fragment: 9, number: 17).payload(count: 40), 2),
            ("IPv4 options", frame.ipv4(ecn: 1, options: [1, 1, 1, 0]).udp(1, 2), 1),
            ("a tag, behind which ECN is found", frame.vlan(7).ipv4(ecn: 1).udp(1, 2), 1),
            ("no IP", frame.payload(count: 46), 0),
            ("IPv4 with a DSCP, which stays inside", frame.ipv4(dscp: 63).udp(1, 2), 0),
        ]
        for ecn: UInt8 in 0..<4 {
            rows.append(("IPv4, ECN \(ecn)", frame.ipv4(ecn: ecn).udp(1, 2), ecn))
            rows.append(("IPv6, ECN \(ecn)", frame.ipv6(ecn: ecn).udp(1, 2), ecn))
        }
        for (sentence, packet, ecn) in rows {
            try node.refillBuckets()
            let inner = packet.bytes
            let made = try node.putXDP(inner, through: .portExpress, at: "p1")
            #expect(made.verdict == XDP_REDIRECT, "\(sentence)")
            #expect(
                made.counts == PacketRow.express(sentence, packet, "perp liquidation").expected.counts, "\(sentence)")
            let source = ReferenceFrame(made.frame).sourcePort ?? 0
            #expect(source >= 49152, "\(sentence): RFC 7348 asks for a dynamic port, not \(source)")
            #expect(made.frame == node.encapsulated(inner, dscp: 46, ecn: ecn, sourcePort: source), "\(sentence)")
        }
        // The port is the flow's: the same for each of its packets, and not the same for all flows.
        let ports = try (0..<64 as Range<UInt16>).map { flow in
            try (0..<2).map { size in
                try node.refillBuckets()
                let packet = frame.ipv4().udp(4000 + flow, 7001).payload(count: 20 + size)
                return ReferenceFrame(try node.pass(packet.bytes, through: .portExpress).frame).sourcePort
            }
        }
        #expect(ports.allSatisfy { $0[0] == $0[1] } && Set(ports.map { $0[0] }).count > 32)
    }

    @Test("whatever is no express packet to a known peer passes untouched and uncounted")
    func passed() async {
        await #expect(processExitsWith: .success) { try Self.checkPassed() }
    }

    private static func checkPassed() throws {
        let node = try node()
        try node.meet(.local(0x33), at: "p3")
        let maps = node.kernel.pinned!.maps
        let frame = Packet.ethernet(), express = frame.ipv4().udp(1, 2).bytes
        func check(_ sentence: String, _ frame: [UInt8], at interface: String = "p1") throws {
            let made = try node.putXDP(frame, through: .portExpress, at: interface)
            #expect(made.verdict == XDP_PASS && made.frame == frame && made.counts == [:], "\(sentence): \(made)")
        }
        func checkSent() throws {
            try node.refillBuckets()
            #expect(try node.pass(express, through: .portExpress).verdict == Int32(XDP_REDIRECT.rawValue))
        }
        let group = MACAddress(value: 0x3333_0000_0001)
        let rows: [(String, [UInt8])] = [
            ("another class's", frame.ipv4().tcp(1, 2).bytes),
            ("for an address that is not known", Packet.ethernet(to: .local(0x99)).ipv4().udp(1, 2).bytes),
            ("for everybody", Packet.ethernet(to: .broadcast).ipv4().udp(1, 2).bytes),
            ("for a group", Packet.ethernet(to: group).ipv6().udp(1, 2).bytes),
            ("from a group", Packet.ethernet(from: group).ipv4().udp(1, 2).bytes),
            ("ARP", frame.arp(ip: "10.0.0.1", target: "10.0.0.2").bytes),
            ("neighbour discovery", frame.ipv6().icmp6(135).payload(count: 20).bytes),
            ("one byte longer than the underlay carries", frame.ipv4().udp(1, 2).padded(to: 1465).bytes),
            ("headers that contradict each other", frame.ipv4(headerWords: 4).udp(1, 2).bytes),
            ("headers cut short", frame.ipv6().options(.hopByHop).cut(to: 61)),
            ("for another port of this node", Packet.ethernet(to: .local(0x33)).ipv4().udp(1, 2).bytes),
            ("for the port it came from", Packet.ethernet(to: .host).ipv4().udp(1, 2).bytes),
            ("for a configured address of this node", Packet.ethernet(to: .local(7)).ipv4().udp(1, 2).bytes),
            ("from an address configured for another port", Packet.ethernet(from: .local(7)).ipv4().udp(1, 2).bytes),
        ]
        try checkSent()
        for (sentence, frame) in rows {
            try node.refillBuckets()
            try check(sentence, frame)
        }
        try check("by an interface that is no port", express, at: "u0")

        try node.keepHops(until: 0)
        try check("while there is no next hop", express)
        try node.keepHops(until: monotonicNanoseconds() - 1)
        try check("with a next hop that nobody has renewed", express)
        try node.keepHops(until: monotonicNanoseconds() + 1_000_000_000)
        try checkSent()
        try node.keepHops()

        let generation = try #require(try maps.control.value(UInt32(0), initially: shaper_control()))
        try maps.control.set(UInt32(0), shaper_control())
        try check("without a policy in force", express)
        try maps.control.set(UInt32(0), generation)
        try checkSent()
    }

    @Test("a next hop that an administrator or a daemon has set is used, and stays theirs")
    func neighbours() async {
        await #expect(processExitsWith: .success) {
            let node = try PacketNode(Self.policy)
            try run("ip neigh replace 192.0.2.3 lladdr \(PacketNode.peerMAC) dev u0 nud stale extern_learn")
            for _ in 0..<2 { try node.kernel.apply(DesiredState(node.policy)) }
            #expect(try run("ip neigh show nud permanent").contains("192.0.2.2 dev u0 lladdr \(PacketNode.peerMAC)"))
            #expect(try run("ip neigh show 192.0.2.3").contains("extern_learn"))
            try node.keepHops()
        }
    }

    @Test("what exceeds the bucket passes, and is demoted once, by port_ingress")
    func demoted() async {
        await #expect(processExitsWith: .success) { try Self.checkDemoted() }
    }

    private static func checkDemoted() throws {
        let node = try node()
        let frame = Packet.ethernet().ipv4().udp(4000, 7001).padded(to: 1400).bytes, bytes = 1450
        let other = Packet.ethernet().ipv4().udp(4001, 7001).payload(count: 18).bytes
        let clock = ContinuousClock()
        // The bucket holds 3,200 bytes and fills at 1,187 a millisecond. A machine that stalls gets another try.
        for attempt in 1... {
            try node.refillBuckets()
            let before = try node.counts(), start = clock.now
            var queues: [String] = []
            for _ in 0..<40 {
                let made = try node.pass(frame, through: .portExpress)
                if made.verdict == Int32(XDP_REDIRECT.rawValue) { continue }
                #expect(made.verdict == Int32(XDP_PASS.rawValue) && made.frame == frame)
                queues.append(node.queueName(try node.pass(frame).priority))
            }
            usleep(10_000)
            let again = try node.pass(frame, through: .portExpress).verdict
            let otherFlow = try node.pass(other, through: .portExpress).verdict
            if clock.now - start > .milliseconds(40), attempt < 20 { continue }

            let sent = 40 - queues.count
            #expect((2...4).contains(sent) && Set(queues) == ["perp liquidation"])
            #expect(again == Int32(XDP_PASS.rawValue), "the bucket is full again, the flow still demoted")
            #expect(otherFlow == Int32(XDP_REDIRECT.rawValue), "another flow of the class is not")
            let expected = [
                "perp liquidation packets": 41, "perp liquidation bytes": 40 * bytes + other.count + 50,
                "perp liquidation express packets": sent + 1,
                "perp liquidation express bytes": sent * bytes + other.count + 50,
                "perp liquidation demoted packets": 40 - sent,
                "perp liquidation demoted bytes": (40 - sent) * bytes,
            ]
            #expect(try node.counts().exceeding(before) == expected)
            break
        }
    }
}

extension PacketNode {
    /// A frame as it must leave for `ldn` in slice `perp`.
    func encapsulated(_ inner: [UInt8], dscp: UInt8, ecn: UInt8, sourcePort: UInt16) -> [UInt8] {
        let dontFragment: UInt16 = 0x4000
        return Packet.ethernet(to: Self.peerMAC, from: Self.ownMAC)
            .ipv4("192.0.2.1", "192.0.2.2", dscp: dscp, ecn: ecn, identification: 0, fragment: dontFragment)
            .udp(sourcePort, 4789, checksum: 0).vxlan(4201).payload(inner).bytes
    }
}

extension ReferenceFrame {
    /// Of a UDP datagram.
    var sourcePort: UInt16? { datagram.map { UInt16(bytes[$0.content - 8]) << 8 | UInt16(bytes[$0.content - 7]) } }
}
