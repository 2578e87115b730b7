import Datapath
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
        var memory = NodeMemory()
        let change = Override(
            className: className, slice: slice, guarantee: guarantee, ceiling: ceiling, reason: reason)
        try override(change, &memory)
    }

    /// `setClass` for a process that stays.
    package func override(_ change: Override, _ memory: inout NodeMemory) throws {
        try changing {
            try endOverdueTrial(memory)
            guard let inForce = try memory.inForce(on: name) else { throw NodeError.nothingInForce(name) }
            if let problem = change.problems(on: inForce.policy).first(where: { $0.severity == .error }) {
                throw NodeError(problem.message, remedy: problem.remedy)
            }
            var applied = inForce.applied
            applied.overrides.merge(change)
            let changed = try InForce(applied, inForce.layer, after: inForce)
            _ = try memory.withKernel(of: name) { try $0.change(to: changed.desired, from: inForce.desired) }
            try applied.save(name)
            memory.remember(changed, on: name)
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
