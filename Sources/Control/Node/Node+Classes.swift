import Datapath
import FoundationEssentials
import Plan
import Policy

extension Node {
    /// Changes a class's quota in the kernel at once, over the policy in force and until the next `apply`.
    ///
    /// - Parameters:
    ///   - slice: nil for the class wherever a slice has no figures of its own for it.
    ///   - guarantee, ceiling: nil leaves one as it is.
    package func setClass(
        _ className: String, slice: String?, guarantee: Share?, ceiling: Share?, reason: String
    ) throws {
        let change = Override(
            className: className, slice: slice, guarantee: guarantee, ceiling: ceiling, reason: reason)
        try changing {
            guard var applied = try AppliedPolicy.load(name) else {
                throw NodeError("no policy is in force on \(name)", remedy: "shaperctl apply POLICY")
            }
            let policy = try Policy(validating: applied.text).applying(applied.overrides)
            if let problem = change.problems(on: policy).first(where: { $0.severity == .error }) {
                throw NodeError(problem.message, remedy: problem.remedy)
            }
            try NodeKernel(node: name).apply(DesiredState(policy.applying([change])))
            applied.overrides.merge(change)
            try applied.save(name)
        }
    }
}

extension [Override] {
    /// A later change of the same class and slice goes over an earlier one, figure by figure.
    mutating func merge(_ change: Override) {
        guard let place = firstIndex(where: { $0.className == change.className && $0.slice == change.slice }) else {
            append(change)
            return
        }
        self[place].guarantee = change.guarantee ?? self[place].guarantee
        self[place].ceiling = change.ceiling ?? self[place].ceiling
        self[place].reason = change.reason
    }
}
