import CBPF
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

/// What other people's networks really carried, through the programs.
@Suite(
    "packets: captures", .enabled(if: mayMakeNamespaces),
    .enabled(if: PacketCaptures.areExpected, Comment(rawValue: PacketCaptures.comment)))
struct PacketsCapturesTests {
    @Test("captures of PPP and of no link at all are refused, and no others")
    func linkTypes() throws {
        var refused: [String: PacketCapture.Malformed] = [:]
        for (name, capture) in try PacketCaptures.all() {
            do throws(PacketCapture.Malformed) { _ = try capture.frames() } catch { refused[name] = error }
        }
        #expect(
            refused == [
                "tcpdump/quic_handshake.pcap": .notEthernet(linkType: 0),
                "zeek/quic_interop_quic-go_quic-go_handshake.pcap": .notEthernet(linkType: 9),
                "zeek/quic_interop_quic-go_quic-go_zerortt.pcap": .notEthernet(linkType: 9),
            ])
    }

    @Test("the guard lets pass what is not for the node and what a peer may send, and drops what it may not")
    func underlay() async {
        await #expect(processExitsWith: .success) {
            try Self.checkUnderlay(PacketNode.policy, from: "192.0.2.2")
        }
    }

    @Test("so does a node whose underlay is IPv6")
    func underlay6() async {
        await #expect(processExitsWith: .success) {
            let policy = PacketNode.policy.replacing("192.0.2.", with: "2001:db8:2::")
            try Self.checkUnderlay(policy, from: "2001:db8:2::2")
        }
    }

    private static func checkUnderlay(_ policy: String, from peer: IPAddress) throws {
        let node = try PacketNode(policy), reference = ReferenceGuard(node.policy)
        var reasons: Set<String> = [], shared = 0
        for (name, bytes) in try PacketCaptures.frames() {
            try check(node, bytes, nil, "\(name), as recorded")

            let forNode = bytes.readdressed(from: peer, to: node.policy.underlay.address)
            let reason = reference.reason(against: forNode)
            try check(node, forNode, reason, "\(name), from a peer")
            reason.map { _ = reasons.insert($0) }

            guard let place = ReferenceFrame(forNode).networkPlace else { continue }
            var known = forNode
            known.replaceSubrange(place..<place + 3, with: UInt32(4201).wire.suffix(3))
            try check(node, known, nil, "\(name), from a peer, of a slice it shares")
            shared += 1
        }
        #expect(reasons == ["wrong_vni"])
        #expect(shared > 0)
    }

    /// Runs both guards on a frame; `reason`: why they must drop it.
    private static func check(_ node: PacketNode, _ bytes: [UInt8], _ reason: String?, _ sentence: String) throws {
        let frame = bytes.cutToRun
        let counts = reason.map { ["drop \($0)": 1] } ?? [:]
        let made = try node.putXDP(frame)
        #expect(made.verdict == (reason == nil ? XDP_PASS : XDP_DROP) && made.counts == counts, "\(sentence): \(made)")
        #expect(made.frame == frame, "\(sentence)")
        let expected = Outcome(verdict: reason == nil ? .unspecified : .shot, queue: "none", counts: counts)
        for segmentSize in bytes.segmentSizes {
            let behindGRO = try node.put(frame, through: .underlayGuard, at: "u0", segmentSize: segmentSize)
            #expect(behindGRO.outcome == expected, "\(sentence): \(behindGRO.outcome)")
            #expect(behindGRO.frame == frame, "\(sentence)")
        }
    }

    @Test("a port carries what tenants sent, and what is in their tunnels, unchanged, or says why not")
    func port() async {
        await #expect(processExitsWith: .success) { try Self.checkPort() }
    }

    private static func checkPort() throws {
        let node = try PacketNode.informed()
        var kinds: Set<String> = []
        for (name, bytes) in try PacketCaptures.frames() {
            for (depth, frame) in bytes.nested.enumerated() {
                for (address, whole) in [("as recorded", frame), ("to a host behind a peer", frame.sentToFarHost)] {
                    for segmentSize in whole.segmentSizes {
                        try node.refillBuckets()
                        let sent = whole.cutToRun
                        let made = try node.put(sent, segmentSize: segmentSize)
                        let kind = kind(of: made.outcome, isUnchanged: made.frame == sent)
                        let sentence = "\(name), tunnel \(depth), \(address), segments of \(segmentSize)"
                        #expect(kind != nil, "\(sentence): \(made.outcome)")
                        #expect(
                            (kind == "malformed") == ReferenceFrame(sent).isMalformed, "\(sentence): \(made.outcome)")
                        kind.map { _ = kinds.insert($0) }
                    }
                }
            }
        }
        #expect(kinds.isSuperset(of: ["carried", "copied", "answered", "no_destination"]), "\(kinds)")
    }

    /// What became of a frame, in a word. nil: what must not be.
    private static func kind(of outcome: Outcome, isUnchanged: Bool) -> String? {
        let drops = outcome.counts.filter { $0.key.hasPrefix("drop ") }
        let counts = (outcome.verdict, drops.values.reduce(0, +), outcome.counts["flooded"] ?? 0)
        switch counts {
        case (.redirect, 0, 0): return isUnchanged ? "carried" : nil
        case (.redirect, 1, 0): return outcome.counts["too_big_answered"] == 1 && !isUnchanged ? "answered" : nil
        case (.shot, 0, 1): return isUnchanged ? "copied" : nil
        case (.shot, 1, 0): return String(drops.first!.key.dropFirst("drop ".count))
        default: return nil
        }
    }
}

extension [UInt8] {
    /// The kernel runs a program on no longer frame.
    fileprivate var cutToRun: [UInt8] { Array(prefix(3400)) }

    /// Of a frame longer than any wire carries: whole, and as a super-packet.
    fileprivate var segmentSizes: [UInt32] { count > 1514 ? [0, 1000] : [0] }

    fileprivate var sentToFarHost: [UInt8] { MACAddress.farHost.wire + dropFirst(6) }

    /// The frame, what is in its tunnel, what is in that one's, and so on.
    fileprivate var nested: [[UInt8]] {
        guard let place = ReferenceFrame(self).networkPlace, count >= place + 4 + 14 else { return [self] }
        return [self] + Array(dropFirst(place + 4)).nested
    }
}
