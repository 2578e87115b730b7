import Policy
import Testing

@testable import Datapath
@testable import PacketLab

/// One row of a packet table: a sentence, a frame, and what must become of it.
struct PacketRow {
    var sentence: String
    var frame: [UInt8]
    var port = "p1"
    var expected: Outcome
}

extension PacketRow {
    /// Outer headers on an IPv4 underlay.
    static let overhead = 50

    /// To one known peer, in its class's queue.
    static func queued(_ sentence: String, _ packet: Packet, _ queue: String, port: String = "p1") -> PacketRow {
        let bytes = packet.count + overhead
        // "common bulk" is the leaf that slice spot uses.
        let label = queue.replacing("common", with: "spot")
        return PacketRow(
            sentence: sentence, frame: packet.bytes, port: port,
            expected: Outcome(
                verdict: .redirect, queue: queue, counts: ["\(label) packets": 1, "\(label) bytes": bytes]))
    }

    /// To one known peer, ahead of every queue.
    static func express(_ sentence: String, _ packet: Packet, _ label: String, port: String = "p1") -> PacketRow {
        let bytes = packet.count + overhead
        return PacketRow(
            sentence: sentence, frame: packet.bytes, port: port,
            expected: Outcome(
                verdict: .redirect, queue: "express",
                counts: [
                    "\(label) packets": 1, "\(label) bytes": bytes,
                    "\(label) express packets": 1, "\(label) express bytes": bytes,
                ]))
    }

    static func dropped(_ sentence: String, _ frame: [UInt8], _ reason: String, port: String = "p1") -> PacketRow {
        PacketRow(
            sentence: sentence, frame: frame, port: port,
            expected: Outcome(verdict: .shot, queue: "none", counts: ["drop \(reason)": 1]))
    }

    static func other(
        _ sentence: String, _ frame: [UInt8], _ verdict: Outcome.Verdict, queue: String = "none", port: String = "p1",
        _ counts: [String: Int] = [:]
    ) -> PacketRow {
        PacketRow(
            sentence: sentence, frame: frame, port: port,
            expected: Outcome(verdict: verdict, queue: queue, counts: counts))
    }
}

extension PacketNode {
    /// Runs `port_ingress` on each row, with full buckets, and compares everything that can be seen.
    func check(_ rows: [PacketRow]) throws {
        for row in rows {
            try refillBuckets()
            let outcome = try put(row.frame, at: row.port).outcome
            #expect(outcome == row.expected, "\(row.sentence): \(outcome), not \(row.expected)")
        }
    }
}
