import CBPF
import Plan
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

/// Packets through the real interfaces, once by XDP and once through HTB and the vxlan device.
@Suite("packets: by XDP or by tc", .enabled(if: mayMakeNamespaces))
struct PacketsXDPWireTests {
    @Test("a packet leaves the node with the same bytes either way")
    func leaving() async {
        await #expect(processExitsWith: .success) { try Self.checkLeaving() }
    }

    private static func checkLeaving() throws {
        let node = try PacketsXDPTests.node()
        let policies = [false, true].flatMap { isUniform in
            [", dscp: EF", ""].map { mark in
                PacketsXDPTests.policy.replacing(", dscp: EF", with: mark)
                    .replacing("fabric: {", with: "fabric: {dscp: \(isUniform ? "uniform" : "pipe"), ")
            }
        }
        let frame = Packet.ethernet()
        var packets = [
            ("no IP", frame.payload(count: 46)), ("a tag", frame.vlan(7).ipv4(dscp: 10, ecn: 1).udp(1, 2)),
            ("the longest", frame.ipv4().udp(1, 2).padded(to: 1464)),
            ("a fragment", frame.ipv4(dscp: 10, ecn: 2, fragment: 9, number: 17).payload(count: 40)),
        ]
        for ecn: UInt8 in 0..<4 {
            packets.append(("IPv4, ECN \(ecn)", frame.ipv4(dscp: 10, ecn: ecn).udp(1, 2).payload(count: 18)))
            packets.append(("IPv6, ECN \(ecn)", frame.ipv6(dscp: 10, ecn: ecn).udp(1, 2).payload(count: 18)))
        }
        for policy in policies {
            try node.kernel.apply(DesiredState(Policy(validating: policy.replacing("NODE", with: PacketNode.name))))
            for (sentence, packet) in packets {
                func capture(byXDP isByXDP: Bool) throws -> [UInt8] {
                    try node.refillBuckets()
                    try node.keepHops(until: isByXDP ? .max : 0)
                    let before = try node.sentByXDP("u0"), wire = try node.end("w0")
                    try node.end("t1").send(packet.bytes)
                    let frame = try #require(wire.receive(1).first, "\(sentence)")
                    #expect(try node.sentByXDP("u0") - before == (isByXDP ? 1 : 0), "\(sentence)")
                    #expect(internetChecksum(Array(frame[14..<34])) == 0, "\(sentence)")
                    return frame
                }
                let (xdp, tc) = (try capture(byXDP: true), try capture(byXDP: false))
                #expect(xdp.leveled == tc.leveled, "\(sentence)")
                #expect(xdp.tunnelled?.inner == packet.bytes, "\(sentence)")
            }
        }
    }

    @Test("a packet from a peer arrives at the tenant with the same bytes either way, or not at all")
    func arriving() async {
        await #expect(processExitsWith: .success) { try Self.checkArriving() }
    }

    private static func checkArriving() throws {
        let node = try PacketsXDPTests.node()
        let frame = Packet.ethernet(to: .host, from: .farHost)
        var rows: [(String, [UInt8], byXDP: Bool)] = [
            ("no IP", Outer().around(frame.payload(count: 46).bytes), true),
            ("a tag", Outer().around(frame.vlan(7).ipv4(ecn: 1).udp(1, 2).bytes), true),
            ("the longest", Outer().around(frame.ipv4().udp(1, 2).padded(to: 1464).bytes), true),
            (
                "reserved bits of VXLAN",
                Outer(vxlan: VXLAN(vni: 4201, flags: 8, reserved: [0, 0, 1, 0])).around(frame.ipv4().udp(1, 2).bytes),
                false
            ),
        ]
        for outer: UInt8 in 0..<4 {
            for inner: UInt8 in 0..<4 {
                for (family, packet) in [("IPv4", frame.ipv4(ecn: inner)), ("IPv6", frame.ipv6(ecn: inner))] {
                    let bytes = Outer(dscp: 46, ecn: outer).around(packet.udp(1, 2).payload(count: 18).bytes)
                    rows.append(("\(family), ECN \(outer) outside and \(inner) inside", bytes, outer & 1 == 0))
                }
            }
        }
        for (sentence, bytes, byXDP) in rows {
            func capture(isAllowed: Bool) throws -> [[UInt8]] {
                try node.letRedirect(isAllowed, to: "p1")
                let before = try node.sentByXDP("p1"), tenant = try node.end("t1")
                try node.end("w0").send(bytes)
                let frames = tenant.receive(1)
                let sent = try node.sentByXDP("p1") - before
                #expect(sent == (isAllowed && byXDP ? 1 : 0), "\(sentence): \(sent), \(isAllowed)")
                return frames
            }
            #expect(try capture(isAllowed: true) == capture(isAllowed: false), "\(sentence)")
        }
    }
}

extension [UInt8] {
    /// A tunnelled packet without what differs between two of one flow, or two senders: the IP identification, the
    /// checksum over it, and the UDP source port.
    fileprivate var leveled: [UInt8] {
        var frame = self
        for place in [18, 19, 24, 25, 34, 35] { frame[place] = 0 }
        return frame
    }
}

extension PacketNode {
    /// Whether XDP may hand packets from peers to the port.
    fileprivate func letRedirect(_ isAllowed: Bool, to interface: String) throws {
        let maps = try ImageMaps(pinnedIn: kernel.folder.maps)
        let index = try kernel.netlink.interface(named: interface).index
        let key = IndexAllocation.PortKey(interface: index, vlan: 0)
        let port = try IndexAllocation(of: kernel.activeImage()!).ports[key]!
        let place = UInt32(Int(try kernel.generation()) % Limit.slots * Limit.ports + port)
        var entry = try maps.ports.value(place, initially: shaper_port())!
        let flag = UInt16(SHAPER_PORT_REDIRECT.rawValue)
        entry.flags = isAllowed ? entry.flags | flag : entry.flags & ~flag
        try maps.ports.set(place, entry)
    }
}
