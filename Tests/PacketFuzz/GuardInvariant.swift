@testable import Datapath
@testable import PacketLab

/// A guard drops what the standard and the policy forbid, counts it once, and lets everything else pass untouched. What
/// it hands to a port by itself is plain, of a network that has such a port, and loses its tunnel only.
struct GuardInvariant: Invariant {
    /// The program's verdicts; `redirect` nil: it has none.
    let pass: Int32, drop: Int32, redirect: Int32?
    let reference: ReferenceGuard
    /// Networks with a port that takes redirects.
    let taking: Set<UInt32>
    private var expected: [String: Int] = [:]

    init(pass: Int32, drop: Int32, redirect: Int32? = nil, taking: Set<UInt32> = [], reference: ReferenceGuard) {
        (self.pass, self.drop, self.redirect) = (pass, drop, redirect)
        (self.taking, self.reference) = (taking, reference)
    }

    mutating func judge(_ trial: Trial, _ made: TestRun) -> String? {
        if let redirect, made.verdict == redirect { return taken(trial.bytes, made.frame) }
        let reason = reference.reason(against: trial.bytes)
        if let reason { expected["drop \(reason)", default: 0] += 1 }
        guard made.frame == trial.bytes else { return "the frame was changed" }
        guard made.verdict == (reason == nil ? pass : drop) else {
            return "verdict \(made.verdict), but it is to be " + (reason.map { "dropped: \($0)" } ?? "let in")
        }
        return nil
    }

    private mutating func taken(_ outer: [UInt8], _ frame: [UInt8]) -> String? {
        expected["delivered", default: 0] += 1
        guard case .admitted(let network) = reference.fate(of: outer), taking.contains(network) else {
            return "handed to a port, but it is to be \(reference.fate(of: outer))"
        }
        let tellsOfECN = outer[15] & 1 != 0
        guard ReferenceFrame(outer).isPlainTunnel, !tellsOfECN else { return "handed to a port, but it is the host's" }
        return frame == Array(outer.dropFirst(50)) ? nil : "handed to a port as \(frame.hex)"
    }

    func audit(_ moved: [String: Int]) -> String? {
        // Who hands frames to ports looks for them in the address tables, and learns.
        let counted = redirect == nil ? moved : moved.filter { $0.key != "learned" && $0.key != "evicted" }
        return counted == expected ? nil : "counters moved \(moved), not \(expected)"
    }
}

/// A program leaves the frame alone and hands it on, whatever it is.
struct HandsOn: Invariant {
    mutating func judge(_ trial: Trial, _ made: TestRun) -> String? {
        made.verdict == Outcome.Verdict.unspecified.rawValue && made.frame == trial.bytes
            ? nil : "verdict \(made.verdict), or the frame was changed"
    }

    func audit(_ moved: [String: Int]) -> String? { moved.isEmpty ? nil : "counters moved \(moved)" }
}
