import CBPF
import Plan
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

/// Questions for an address behind a peer, which the node answers itself.
@Suite("packets: suppression", .enabled(if: mayMakeNamespaces))
struct PacketsSuppressionTests {
    private static let all = Packet.ethernet(to: .broadcast)
    private static let group = Packet.ethernet(to: MACAddress(value: 0x3333_FF00_0002))
    private static let request = all.arp(ip: "10.0.0.1", target: "10.0.0.2")
    private static let solicitation = group.solicitation("2001:db8::2")
    private static let answered = Outcome(verdict: .redirect, queue: "none", counts: ["suppressed": 1])

    /// The far host has said, in slice `perp`, what its addresses are.
    private static func told(flags: UInt8 = 0x60) throws -> PacketNode {
        let node = try PacketNode.informed()
        let answer = Packet.ethernet(to: .host, from: .farHost)
        try node.hear(answer.arp(2, mac: .farHost, ip: "10.0.0.2", target: "10.0.0.1", targetMAC: .host))
        try node.hear(answer.advertisement("2001:db8::2", flags: flags))
        return node
    }

    private static func copied(_ sentence: String, _ packet: Packet, port: String = "p1") -> PacketRow {
        .other(sentence, packet.bytes, .shot, queue: "own", port: port, ["resolution": 1, "flooded": 1])
    }

    @Test("an ARP request is answered byte by byte as its target would, and so it arrives")
    func requests() async {
        await #expect(processExitsWith: .success) { try Self.checkRequests() }
    }

    private static func checkRequests() throws {
        let node = try told()
        let reply = Packet.ethernet(to: .host, from: .farHost)
            .arp(2, mac: .farHost, ip: "10.0.0.2", target: "10.0.0.1", targetMAC: .host).bytes
        for length in [42, 60, 1400] {
            let (outcome, frame) = try node.put(request.padded(to: length).bytes)
            #expect(outcome == answered && frame == reply, "\(length) bytes")
        }
        let ends = try ["t1", "t3", "t4", "w0"].map { try node.end($0) }
        try ends[0].send(request.bytes)
        let fromTrunk = Packet.ethernet(to: .broadcast, from: .local(0x44))
            .arp(mac: .local(0x44), ip: "10.0.0.44", target: "10.0.0.2")
        try ends[2].send(fromTrunk.bytes.tagged(12))
        let toTrunk = Packet.ethernet(to: .local(0x44), from: .farHost)
            .arp(2, mac: .farHost, ip: "10.0.0.2", target: "10.0.0.44", targetMAC: .local(0x44))
        #expect(ends[0].receive(1) == [reply])
        #expect(ends[2].receive(1) == [toTrunk.bytes.tagged(12)])
        for end in ends { #expect(end.receive(0) == [], "nobody else hears of it") }
    }

    @Test("a neighbour solicitation is answered byte by byte as a proxy would", arguments: [UInt8(0x60), 0xE0])
    func solicitations(flags: UInt8) async {
        await #expect(processExitsWith: .success) { [flags] in try Self.checkSolicitations(flags) }
    }

    private static func checkSolicitations(_ flags: UInt8) throws {
        let node = try told(flags: flags)
        // Solicited, and of a router if it is one, but not to override what its host says.
        let answer = Packet.ethernet(to: .host, from: .farHost).advertisement("2001:db8::2", flags: flags & 0xC0).bytes
        let nonce: [UInt8] = [14, 1, 1, 2, 3, 4, 5, 6]
        for packet in [solicitation, solicitation.payload(nonce)] {
            let (outcome, frame) = try node.put(packet.bytes)
            #expect(outcome == answered && frame == answer, "\(packet)")
        }
        // Its host asks something: that says the same, and no more.
        try node.hear(
            Packet.ethernet(to: .broadcast, from: .farHost)
                .solicitation("2001:db8::1", from: "2001:db8::2", mac: .farHost))
        #expect(try node.put(solicitation.bytes).frame == answer)
        try node.end("t1").send(solicitation.bytes)
        #expect(try node.end("t1").receive(1) == [answer])
    }

    @Test("what is no question of that kind, or has no sure answer, is sent on as ever")
    func others() async {
        await #expect(processExitsWith: .success) { try Self.checkOthers() }
    }

    private static func checkOthers() throws {
        let node = try told()
        try node.meet(.local(0x33), at: "p3")
        try node.pass(
            Packet.ethernet(to: .broadcast, from: .local(0x33))
                .arp(mac: .local(0x33), ip: "10.0.0.33", target: "10.0.0.1").bytes, at: "p3")
        // It has asked only: whether it is a router nobody knows.
        try node.hear(
            Packet.ethernet(to: .broadcast, from: .farHost)
                .solicitation("2001:db8::1", from: "2001:db8::3", mac: .farHost))
        #expect(try node.kernel.neighbour("2001:db8::3", vni: 4201) == .farHost)
        let own = ["resolution": 1]
        try node.check([
            copied("an address nobody has", all.arp(ip: "10.0.0.1", target: "10.0.0.9")),
            copied("a probe", all.arp(ip: "0.0.0.0", target: "10.0.0.2")),
            copied("its own address", all.arp(ip: "10.0.0.1", target: "10.0.0.1")),
            copied("an announcement of another's address", all.arp(ip: "10.0.0.5", target: "10.0.0.5")),
            copied("for another", all.arp(mac: .local(0x66), ip: "10.0.0.66", target: "10.0.0.2")),
            copied("an answer to everybody", all.arp(2, ip: "10.0.0.1", target: "10.0.0.2")),
            copied("behind a VLAN tag", all.vlan(5).arp(ip: "10.0.0.1", target: "10.0.0.2")),
            copied("of a host at a port of this node", all.arp(ip: "10.0.0.1", target: "10.0.0.33")),
            .other(
                "a request to that very host", Packet.ethernet().arp(ip: "10.0.0.1", target: "10.0.0.2").bytes,
                .redirect, queue: "own", own),
            copied("an IPv6 address nobody has", group.solicitation("2001:db8::9")),
            copied("an IPv6 address of whom nothing is sure", group.solicitation("2001:db8::3")),
            copied("detection of duplicates", group.solicitation("2001:db8::2", from: "::")),
            copied("from elsewhere", group.solicitation("2001:db8::2", hopLimit: 254)),
            copied("from a group", group.solicitation("2001:db8::2", from: "ff02::1")),
            copied("a solicitation for another", group.solicitation("2001:db8::2", mac: .local(0x66))),
            copied(
                "a solicitation without an option",
                group.ipv6("2001:db8::1", "ff02::1:ff00:2", hopLimit: 255).icmp6(135)
                    .payload([0, 0, 0, 0] + ("2001:db8::2" as IPAddress).bytes)),
            copied(
                "an advertisement to everybody",
                group.advertisement("2001:db8::1", to: "ff02::1", mac: .host, flags: 0x20)),
            .other(
                "a solicitation to that very host", Packet.ethernet().solicitation("2001:db8::2").bytes, .redirect,
                queue: "own", own),
        ])
        let slice = try #require(try node.kernel.sliceIndices()[4201])
        try AddressTable.install([(slice, buckets: 8)], in: node.kernel.pinned!.maps)
        try node.meet(.host, at: "p1")
        try node.check([
            copied("an address that is nowhere any more", request),
            copied("an IPv6 address that is nowhere any more", solicitation),
        ])
        try node.learn(.farHost, behind: "192.0.2.3", vni: 4201)
        #expect(try node.put(request.bytes).outcome == answered, "it is behind the other peer")
    }

    @Test("another slice's addresses are no answer")
    func otherSlice() async {
        await #expect(processExitsWith: .success) { try Self.checkOtherSlice() }
    }

    private static func checkOtherSlice() throws {
        try told().check([
            copied("an ARP request", request, port: "p2"), copied("a neighbour solicitation", solicitation, port: "p2"),
        ])
    }

    @Test("what is said later counts, unless it is said not to; a configured address is nobody else's")
    func claims() async {
        await #expect(processExitsWith: .success) { try Self.checkClaims() }
    }

    private static func checkClaims() throws {
        let node = try told()
        let other = MACAddress.local(0x2E), fromOther = Packet.ethernet(to: .host, from: other)
        func holder(_ address: IPAddress) throws -> MACAddress? { try node.kernel.neighbour(address, vni: 4201) }
        try node.hear(fromOther.advertisement("2001:db8::2", mac: other, flags: 0x40))
        #expect(try holder("2001:db8::2") == .farHost, "it does not override")
        try node.hear(fromOther.advertisement("2001:db8::2", mac: other, flags: 0x20))
        #expect(try holder("2001:db8::2") == other)
        try node.hear(fromOther.arp(2, mac: other, ip: "10.0.0.2", target: "10.0.0.1"))
        #expect(try holder("10.0.0.2") == other)

        let claim = fromOther.arp(2, mac: other, ip: "10.0.0.7", target: "10.0.0.1")
        let question = all.arp(ip: "10.0.0.1", target: "10.0.0.7")
        try node.hear(claim)
        #expect(try node.put(question.bytes).outcome == answered)
        let entry = #"{mac: "02:00:00:00:00:07"}"#
        let text = PacketNode.policy.replacing("NODE", with: PacketNode.name)
            .replacing(entry, with: #"{mac: "02:00:00:00:00:07", ip: 10.0.0.7}"#)
        try node.kernel.apply(DesiredState(Policy(validating: text)))
        try node.check([copied("an address that is configured now", question)])
        try node.hear(fromOther.arp(2, mac: other, ip: "10.0.0.7", target: "10.0.0.1"))
        try node.check([copied("and claimed again", question)])
    }
}
