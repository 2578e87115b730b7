import Policy

@testable import Datapath
@testable import PacketLab

/// A port's frame is sent on unchanged in a queue of its slice, copied, answered, or dropped for one reason.
struct PortInvariant: Invariant {
    let node: PacketNode
    let slice: String
    /// How the names of its slice's queues begin.
    let queues: String
    /// Configured addresses that are not at this port.
    let elsewhere: [MACAddress]
    private var shots = 0, switched = 0
    private var expected = [
        "drop malformed": 0, "drop source_mac": 0, "drop static_mac": 0, "too_big_answered": 0, "suppressed": 0,
    ]

    init(_ node: PacketNode, slice: String, queues: String, elsewhere: [MACAddress]) {
        (self.node, self.slice, self.queues, self.elsewhere) = (node, slice, queues, elsewhere)
    }

    mutating func judge(_ trial: Trial, _ made: TestRun) -> String? {
        let refusal = refusal(of: trial.bytes)
        if let refusal { expected[refusal]! += 1 }
        switch Outcome.Verdict(rawValue: made.verdict) {
        case .shot:
            shots += 1
            return nil
        case .redirect where refusal != nil: return "sent on, but it is to be dropped: \(refusal!)"
        case .redirect where made.frame == trial.bytes: return carried(made)
        case .redirect where trial.isResolved(by: made.frame):
            expected["suppressed"]! += 1
            return nil
        case .redirect:
            expected["too_big_answered"]! += 1
            return trial.isAnswered(by: made.frame) ? nil : "the frame was changed to \(made.frame.hex)"
        default: return "verdict \(made.verdict)"
        }
    }

    /// Why the frame's own bytes forbid it.
    private func refusal(of bytes: [UInt8]) -> String? {
        if ReferenceFrame(bytes).isMalformed { return "drop malformed" }
        let source = MACAddress(value: bytes[6..<12].reduce(0) { $0 << 8 | UInt64($1) })
        if source.isMulticast { return "drop source_mac" }
        return elsewhere.contains(source) ? "drop static_mac" : nil
    }

    private mutating func carried(_ made: TestRun) -> String? {
        let queue = node.queueName(made.priority)
        if queue == "none" { switched += 1 }
        return ["none", "express", "own"].contains(queue) || queue.hasPrefix(queues) ? nil : "put into \(queue)"
    }

    func audit(_ moved: [String: Int]) -> String? {
        let drops = moved.filter { $0.key.hasPrefix("drop ") }.values.reduce(0, +)
        // A frame that is answered counts as dropped; one that is copied ends without a reason.
        let ended = drops - expected["too_big_answered"]! + moved["flooded", default: 0]
        if ended != shots { return "\(shots) frames ended here, for \(ended) reasons: \(moved)" }
        let known = Set(["learned", "evicted", "resolution", "flooded", "switched", "too_big_answered", "suppressed"])
        let stray = moved.keys.first { !known.contains($0) && !$0.hasPrefix("drop ") && !$0.hasPrefix("\(slice) ") }
        if let stray { return "\(stray) moved, of another slice or way: \(moved)" }
        return firstMiscount(moved, expecting: expected.merging(["switched": switched]) { $1 })
    }
}

extension Trial {
    /// Whether this is the far host's answer to a question for it.
    fileprivate func isResolved(by answer: [UInt8]) -> Bool {
        guard answer.count == 42 || answer.count == 86, bytes.count >= answer.count, bytes[0] & 1 == 1 else {
            return false
        }
        let asker = MACAddress(value: bytes[6..<12].reduce(0) { $0 << 8 | UInt64($1) })
        let reply = Packet.ethernet(to: asker, from: .farHost)
        func isAnswer(_ packet: Packet) -> Bool { packet.bytes == answer }
        if bytes[12...13] == [8, 6] {
            return bytes[20...21] == [0, 1] && bytes[38..<42] == [10, 0, 0, 2]
                && isAnswer(
                    reply.arp(
                        2, mac: .farHost, ip: "10.0.0.2",
                        target: IPAddress(v4: bytes[28..<32].reduce(0) { $0 << 8 | UInt32($1) }), targetMAC: asker))
        }
        let source = bytes[22..<38].reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        let address = IPAddress(high: UInt64(source >> 64), low: UInt64(truncatingIfNeeded: source))
        return bytes[54] == 135 && isAnswer(reply.advertisement("2001:db8::2", to: address, flags: 0x40))
    }

    /// Whether this is what a sender is told of a frame that was too long: as long as it must be, and back to the sender.
    fileprivate func isAnswered(by answer: [UInt8]) -> Bool {
        let isV4 = bytes[12...13] == [8, 0]
        // Ethernet, IP and ICMP in front; of the frame, its IP header and 40 bytes.
        let length = isV4 ? 14 + 28 + 4 * Int(bytes[14] & 15) + 40 : 14 + 48 + 40 + 40
        return (bytes.count > 1464 || segmentSize > 0) && answer.count == length
            && answer[0..<6] == bytes[6..<12] && answer[6..<12] == bytes[0..<6] && answer[12...13] == bytes[12...13]
            && (isV4 ? answer[34...35] == [3, 4] : answer[54...55] == [2, 0])
    }
}

extension [UInt8] {
    var hex: String { map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
}
