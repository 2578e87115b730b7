import CBPF
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

/// Express packets from peers that XDP hands to a port by itself.
@Suite("packets: express from peers by XDP", .enabled(if: mayMakeNamespaces))
struct PacketsXDPReceptionTests {
    @Test("an express packet for a port that takes it comes out as it was sent")
    func taken() async {
        await #expect(processExitsWith: .success) { try Self.checkTaken() }
    }

    private static func checkTaken() throws {
        let node = try PacketsXDPTests.node()
        let frame = Packet.ethernet(to: .host, from: .farHost)
        let rows: [(String, Packet)] = [
            ("IPv4", frame.ipv4().udp(1, 2).payload(count: 18)), ("IPv6", frame.ipv6().udp(1, 2)),
            ("no IP", frame.payload(count: 46)), ("the longest", frame.ipv4().udp(1, 2).padded(to: 1464)),
            ("a tag of the tenant's own", frame.vlan(7).ipv4().udp(1, 2)),
            ("congestion that the inner header tells of", frame.ipv4(ecn: 3).udp(1, 2)),
        ]
        for (sentence, packet) in rows {
            let made = try node.putXDP(node.tunnelled(4201, from: "192.0.2.2").payload(packet.bytes).bytes)
            #expect(
                made.verdict == XDP_REDIRECT && made.frame == packet.bytes && made.counts == ["delivered": 1],
                "\(sentence): \(made)")
        }
        // A DSCP and ECT(0) on the outside change nothing.
        let inner = frame.ipv4(ecn: 2).udp(1, 2).bytes
        let marked = try node.putXDP(Outer(dscp: 46, ecn: 2).around(inner))
        #expect(marked.verdict == XDP_REDIRECT && marked.frame == inner)
        // What a peer's host says is learned, as everywhere.
        let news = try node.putXDP(
            node.tunnelled(4201, from: "192.0.2.2").ethernet(to: .host, from: .local(0x2D)).ipv4().udp(1, 2).bytes)
        #expect(news.verdict == XDP_REDIRECT && news.counts == ["delivered": 1, "learned": 1])
    }

    @Test("everything else passes untouched, and the guard drops what it always did")
    func passed() async {
        await #expect(processExitsWith: .success) { try Self.checkPassed() }
    }

    private static func checkPassed() throws {
        let node = try PacketsXDPTests.node()
        let frame = Packet.ethernet(to: .host, from: .farHost)
        let inner = frame.ipv4().udp(1, 2).payload(count: 18).bytes
        let outer = Outer()
        #expect(try node.putXDP(outer.around(inner)).verdict == XDP_REDIRECT, "what the rows differ from")
        func to(_ mac: MACAddress) -> [UInt8] { Packet.ethernet(to: mac, from: .farHost).ipv4().udp(1, 2).bytes }
        let rows: [(String, [UInt8])] = [
            ("ECN CE outside, which the inner header must get", Outer(ecn: 3).around(inner)),
            ("ECT(1) outside, which it must get as well", Outer(ecn: 1).around(inner)),
            ("a UDP checksum outside", Outer(udpChecksum: 0x1234).around(inner)),
            ("IP options outside", Outer(options: [1, 1, 1, 0]).around(inner)),
            ("an IP checksum that is wrong", outer.around(inner).replacing(24, with: 0)),
            ("another version of IP", outer.around(inner).replacing(14, with: 0x65)),
            ("an IP length that is too short", Outer(totalLength: UInt16(inner.count + 35)).around(inner)),
            ("an IP length that is too long", Outer(totalLength: UInt16(inner.count + 37)).around(inner)),
            ("a UDP length that is too short", outer.around(inner).replacing(39, with: UInt8(inner.count + 15))),
            ("a UDP length that is too long", outer.around(inner).replacing(39, with: UInt8(inner.count + 17))),
            ("padding behind it", outer.around(inner) + [0, 0]),
            (
                "another flag of VXLAN",
                Outer(vxlan: VXLAN(vni: 4201, flags: 0x0C, reserved: [0, 0, 0, 0])).around(inner)
            ),
            ("reserved bits", Outer(vxlan: VXLAN(vni: 4201, flags: 8, reserved: [0, 0, 1, 0])).around(inner)),
            ("reserved bits behind", Outer(vxlan: VXLAN(vni: 4201, flags: 8, reserved: [0, 0, 0, 1])).around(inner)),
            ("EF outside, but by the rules bulk", Outer(dscp: 46).around(frame.ipv4().tcp(1, 2).bytes)),
            ("for an address that is not known", outer.around(to(.local(0x99)))),
            ("for everybody", outer.around(to(.broadcast))),
            ("for an address behind a peer", outer.around(to(.farHost))),
            ("for a configured address of a port that XDP does not reach", outer.around(to(.local(7)))),
            (
                "from a group",
                outer.around(Packet.ethernet(to: .host, from: .broadcast).ipv4().udp(1, 2).bytes)
            ),
            (
                "from an address configured for a port",
                outer.around(Packet.ethernet(to: .host, from: .local(7)).ipv4().udp(1, 2).bytes)
            ),
            ("neighbour discovery", outer.around(frame.ipv6().icmp6(135).payload(count: 20).bytes)),
            ("headers cut short", outer.around(frame.ipv4().cut(to: 30))),
            ("a tunnel that is empty", outer.around([])),
            (
                "a slice whose port XDP does not reach",
                Outer(vxlan: .of(4202)).around(frame.ipv4().udp(1, 7002).payload([0, 0, 255, 255]).bytes)
            ),
        ]
        for (sentence, bytes) in rows {
            let made = try node.putXDP(bytes)
            #expect(made.verdict == XDP_PASS && made.frame == bytes && made.counts == [:], "\(sentence): \(made)")
        }
        let strange = try node.putXDP(node.tunnelled(4201, from: "192.0.2.9").payload(inner).bytes)
        #expect(strange.verdict == XDP_DROP && strange.counts == ["drop not_peer": 1])
    }

    @Test("where the outer DSCP is written back, nothing is taken by XDP")
    func uniform() async {
        await #expect(processExitsWith: .success) {
            let node = try PacketsXDPTests.node(
                PacketsXDPTests.policy.replacing("fabric: {", with: "fabric: {dscp: uniform, "))
            let bytes = Outer(dscp: 46).around(Packet.ethernet(to: .host, from: .farHost).ipv4().udp(1, 2).bytes)
            let made = try node.putXDP(bytes)
            #expect(made.verdict == XDP_PASS && made.frame == bytes && made.counts == [:])
        }
    }
}

/// Outer headers from `ldn` to the node, right but for what is said.
struct Outer {
    var dscp: UInt8 = 0
    var ecn: UInt8 = 0
    var udpChecksum: UInt16 = 0
    var options: [UInt8] = []
    var totalLength: UInt16?
    var vxlan = VXLAN.of(4201)

    func around(_ inner: [UInt8]) -> [UInt8] {
        Packet.ethernet(to: PacketNode.ownMAC, from: PacketNode.peerMAC)
            .ipv4("192.0.2.2", "192.0.2.1", dscp: dscp, ecn: ecn, options: options, totalLength: totalLength)
            .udp(49152, 4789, checksum: udpChecksum).adding(vxlan).payload(inner).bytes
    }
}

extension VXLAN {
    static func of(_ vni: UInt32) -> VXLAN { VXLAN(vni: vni, flags: 8, reserved: [0, 0, 0, 0]) }
}

extension [UInt8] {
    fileprivate func replacing(_ place: Int, with byte: UInt8) -> [UInt8] {
        var changed = self
        changed[place] = byte
        return changed
    }
}
