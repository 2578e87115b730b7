import CBPF
import Policy

@testable import Datapath
@testable import PacketLab

/// XDP of a port sends an express packet to a peer of its slice as it is, behind headers that are right, and counts it;
/// everything else passes untouched.
struct ExpressInvariant: Invariant {
    let reference: ReferenceGuard
    let network: UInt32
    /// The express class that the slice's packets can be in.
    let label: String
    private var packets = 0, bytes = 0

    init(_ reference: ReferenceGuard, network: UInt32, label: String) {
        (self.reference, self.network, self.label) = (reference, network, label)
    }

    mutating func judge(_ trial: Trial, _ made: TestRun) -> String? {
        switch xdp_action(UInt32(bitPattern: made.verdict)) {
        case XDP_PASS: return made.frame == trial.bytes ? nil : "passed, but changed to \(made.frame.hex)"
        case XDP_REDIRECT:
            packets += 1
            bytes += made.frame.count
            return isRight(made.frame, around: trial.bytes) ? nil : "sent as \(made.frame.hex)"
        default: return "verdict \(made.verdict)"
        }
    }

    private func isRight(_ frame: [UInt8], around inner: [UInt8]) -> Bool {
        let outer = ReferenceFrame(frame)
        guard let datagram = outer.datagram, let place = outer.networkPlace, outer.isPlainTunnel else { return false }
        return frame.dropFirst(50) == inner[...] && datagram.source == reference.address
            && reference.peers[datagram.destination]?.contains(network) == true
            && frame[place..<place + 3] == network.wire.suffix(3)
    }

    func audit(_ moved: [String: Int]) -> String? {
        let counted = moved.filter { $0.key != "learned" && $0.key != "evicted" }
        let expected = [
            "\(label) packets": packets, "\(label) bytes": bytes,
            "\(label) express packets": packets, "\(label) express bytes": bytes,
        ]
        return counted == (packets == 0 ? [:] : expected) ? nil : "\(packets) were sent, but counters moved \(moved)"
    }
}
