import Policy
import Testing

@testable import Datapath

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
            #expect(outcome == row.expected, "\(row.sentence)")
        }
    }

    /// The node of most tables: who is where is known, so that nothing more is learned.
    static func informed() throws -> PacketNode {
        let node = try PacketNode()
        try node.learn(.farHost, behind: "192.0.2.2", vni: 4201)
        try node.learn(.farHost, behind: "192.0.2.2", vni: 4202)
        for port in ["p1", "p2"] { try node.meet(.host, at: port) }
        return node
    }

    /// Makes the node learn that the address is at the port, by a frame that goes nowhere else.
    func meet(_ mac: MACAddress, at port: String) throws {
        _ = try put(Packet.ethernet(to: mac, from: mac).payload(count: 46).bytes, at: port)
    }
}
