@testable import Datapath
@testable import PacketLab

/// A guard drops what the standard and the policy forbid, counts it once, and lets everything else pass untouched.
struct GuardInvariant: Invariant {
    /// The program's verdicts.
    let pass: Int32, drop: Int32
    let reference: ReferenceGuard
    private var expected: [String: Int] = [:]

    init(pass: Int32, drop: Int32, reference: ReferenceGuard) {
        (self.pass, self.drop, self.reference) = (pass, drop, reference)
    }

    mutating func judge(_ trial: Trial, _ made: TestRun) -> String? {
        let reason = reference.reason(against: trial.bytes)
        if let reason { expected["drop \(reason)", default: 0] += 1 }
        guard made.frame == trial.bytes else { return "the frame was changed" }
        guard made.verdict == (reason == nil ? pass : drop) else {
            return "verdict \(made.verdict), but it is to be " + (reason.map { "dropped: \($0)" } ?? "let in")
        }
        return nil
    }

    func audit(_ moved: [String: Int]) -> String? {
        moved == expected ? nil : "counters moved \(moved), not \(expected)"
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
