import Policy
import Testing

@testable import PacketLab

/// Frames longer than the underlay carries, and what their sender is told.
@Suite("packets: too big", .enabled(if: mayMakeNamespaces))
struct PacketsTooBigTests {
    /// An underlay of 1500 bytes carries inner packets of 1450, in frames of 1464.
    private static let longest = 1464

    @Test("the longest frame that fits goes out, one byte more comes back as an ICMP message, byte by byte")
    func answers() async {
        await #expect(processExitsWith: .success) { try Self.checkAnswers() }
    }

    private static func checkAnswers() throws {
        let node = try PacketNode.informed()
        let v4 = Packet.ethernet().ipv4(dscp: 46).udp(4000, 50000), v6 = Packet.ethernet().ipv6().tcp(4000, 50000)
        try node.check([
            .queued("the longest IPv4 frame", v4.padded(to: longest), "perp bulk"),
            .queued("the longest IPv6 frame", v6.padded(to: longest), "perp bulk"),
        ])
        let answered = Outcome(verdict: .redirect, queue: "none", counts: ["drop too_big": 1, "too_big_answered": 1])
        for length in [longest + 1, 1514, 2000, 3333] {
            let long4 = v4.padded(to: length).bytes
            let (outcome4, answer4) = try node.put(long4)
            #expect(outcome4 == answered, "IPv4, \(length) bytes")
            // The kernel's own answers have CS6 too. The quote is the header and 40 bytes behind it.
            let icmp = Packet.ethernet(to: .host, from: .farHost)
                .ipv4("10.0.0.2", "10.0.0.1", dscp: 48, identification: 0).icmp(3, code: 4)
                .payload([0, 0] + UInt16(1450).wire + long4[14..<14 + 20 + 40])
            #expect(answer4 == icmp.bytes, "IPv4, \(length) bytes")

            let long6 = v6.padded(to: length).bytes
            let (outcome6, answer6) = try node.put(long6)
            #expect(outcome6 == answered, "IPv6, \(length) bytes")
            let icmp6 = Packet.ethernet(to: .host, from: .farHost).ipv6("2001:db8::2", "2001:db8::1").icmp6(2)
                .payload(UInt32(1450).wire + long6[14..<14 + 40 + 40])
            #expect(answer6 == icmp6.bytes, "IPv6, \(length) bytes")
        }
    }

    @Test("the quote begins with the whole header, however long it is")
    func quotes() async {
        await #expect(processExitsWith: .success) { try Self.checkQuotes() }
    }

    private static func checkQuotes() throws {
        let node = try PacketNode.informed()
        for words in 0...10 {
            let options = [UInt8](repeating: 1, count: 4 * words)
            let frame = Packet.ethernet().ipv4(options: options).tcp(1, 2).padded(to: 1500).bytes
            let answer = try node.put(frame).frame
            #expect(Array(answer[42...]) == Array(frame[14..<14 + 20 + 4 * words + 40]), "\(words) words of options")
            #expect(internetChecksum(Array(answer[14..<34])) == 0)
            #expect(internetChecksum(Array(answer[34...])) == 0)
        }
    }

    @Test("nobody is told who must not be: groups, errors, later fragments, frames that are not IP")
    func silence() async {
        await #expect(processExitsWith: .success) { try Self.checkSilence() }
    }

    private static func checkSilence() throws {
        let frame = Packet.ethernet(), group = Packet.ethernet(to: MACAddress(value: 0x3333_0000_0001))
        let silent: [(String, Packet)] = [
            ("not IP", frame), ("an ICMP error", frame.ipv4().icmp(3, code: 4)),
            ("an ICMP redirect", frame.ipv4().icmp(5)), ("an ICMPv6 error", frame.ipv6().icmp6(1)),
            ("a later fragment", frame.ipv4(fragment: 185, number: 17)),
            ("from no address", frame.ipv4("0.0.0.0").udp(1, 2)),
            ("from no IPv6 address", frame.ipv6("::").udp(1, 2)),
            ("from an IPv4 group", frame.ipv4("224.0.0.5").udp(1, 2)),
            ("from the broadcast address", frame.ipv4("255.255.255.255").udp(1, 2)),
            ("from an IPv6 group", frame.ipv6("ff02::1").udp(1, 2)),
            ("to an IPv4 group, in a frame for one", frame.ipv4("10.0.0.1", "224.0.0.5").udp(1, 2)),
            ("to an IPv6 group, in a frame for one", frame.ipv6("2001:db8::1", "ff02::5").udp(1, 2)),
            ("to all, in a frame for one", frame.ipv4("10.0.0.1", "255.255.255.255").udp(1, 2)),
            ("a frame for a group", group.ipv6("2001:db8::1", "ff02::1").udp(1, 2)),
            ("broadcast", Packet.ethernet(to: .broadcast).ipv4().udp(1, 2)),
            ("behind a VLAN tag", frame.vlan(5).ipv4().udp(1, 2)),
            ("behind extension headers", frame.ipv6().options(.hopByHop).udp(1, 2)),
        ]
        let node = try PacketNode.informed()
        try node.check(silent.map { .dropped($0.0, $0.1.padded(to: 1500).bytes, "too_big") })
        let told: [(String, Packet)] = [
            ("an echo request", frame.ipv4().icmp(8)), ("an echo reply", frame.ipv4().icmp(0)),
            ("an ICMPv6 echo", frame.ipv6().icmp6(128)), ("a first fragment", frame.ipv4(more: true).udp(1, 2)),
            ("a protocol nobody knows", frame.ipv6(number: 200)),
        ]
        let counts = ["drop too_big": 1, "too_big_answered": 1]
        try node.check(told.map { .other($0.0, $0.1.padded(to: 1500).bytes, .redirect, counts) })
    }
}
