@testable import Datapath

/// What must hold of a program's runs, whatever the frames were. It sees them one after the other, then the counters.
protocol Invariant {
    /// What is wrong with a run; nil: nothing.
    mutating func judge(_ trial: Trial, _ made: TestRun) -> String?

    /// What is wrong with the counters that all runs together moved.
    func audit(_ moved: [String: Int]) -> String?
}

/// Counters by name that must have moved by so much: a complaint about the first that has not.
func firstMiscount(_ moved: [String: Int], expecting expected: [String: Int]) -> String? {
    for (name, count) in expected.sorted(by: { $0.key < $1.key }) where moved[name, default: 0] != count {
        return "\(name) was counted \(moved[name, default: 0]) times, not \(count)"
    }
    return nil
}
