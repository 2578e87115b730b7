import Testing

@testable import PacketLab

/// Super-packets (GSO): counted and policed as the packets that leave on the wire.
@Suite("packets: super-packets", .enabled(if: mayMakeNamespaces))
struct PacketsSuperPacketTests {
    @Test("every segment has outer headers and its own, and the longest segment must fit")
    func segments() async {
        await #expect(processExitsWith: .success) { try Self.checkSegments() }
    }

    private static func checkSegments() throws {
        let node = try PacketNode.informed()
        let v4 = Packet.ethernet().ipv4(), v6 = Packet.ethernet().ipv6()
        // Sentence, headers, payload, segment size, and the segments that makes.
        let rows: [(String, Packet, payload: Int, segment: Int, segments: Int)] = [
            ("three full segments of TCP", v4.tcp(1, 2), 3000, 1000, 3),
            ("the last of four is short", v4.tcp(1, 2), 3001, 1000, 4),
            ("one byte in the last", v4.tcp(1, 2), 2001, 1000, 3),
            ("TCP options are repeated", v4.tcp(1, 2, options: [UInt8](repeating: 1, count: 12)), 2800, 1398, 3),
            ("IP options too", Packet.ethernet().ipv4(options: [1, 1, 1, 0]).tcp(1, 2), 2000, 1000, 2),
            ("over IPv6", v6.tcp(1, 2), 2780, 1390, 2),
            ("segments of UDP", v4.udp(1, 2), 3000, 1200, 3),
            ("a single segment", v4.tcp(1, 2), 900, 1000, 1),
            ("the longest segment that fits", v4.tcp(1, 2), 2820, 1410, 2),
        ]
        for row in rows {
            try node.refillBuckets()
            let headers = row.1.count
            let outcome = try node.put(row.1.payload(count: row.payload).bytes, segmentSize: UInt32(row.segment))
                .outcome
            let bytes = row.payload + row.segments * (headers + PacketRow.overhead)
            let expected = Outcome(
                verdict: .redirect, queue: "perp bulk",
                counts: ["perp bulk packets": row.segments, "perp bulk bytes": bytes])
            #expect(outcome == expected, "\(row.0): \(outcome), not \(expected)")
        }
        let tooLong = try node.put(v4.tcp(1, 2).payload(count: 2822).bytes, segmentSize: 1411)
        #expect(tooLong.outcome.counts == ["drop too_big": 1, "too_big_answered": 1])
        #expect(tooLong.frame.count == 14 + 28 + 60)
    }
}
