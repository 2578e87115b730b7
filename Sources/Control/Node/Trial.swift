import Datapath
import FoundationEssentials
import Policy

/// That a policy is in force on trial: unless it is confirmed in time, the former one is put back.
package struct Trial: Codable, Sendable, Equatable {
    /// What is put back.
    package indirect enum Former: Codable, Sendable, Equatable {
        /// Nothing was in force: everything is unloaded.
        case nothing
        case policy(AppliedPolicy, mechanism: TCMechanism?)
    }

    /// Of the kernel's monotonic clock: setting the time moves no deadline, and a reboot ends the record as well.
    private var deadline: ContinuousClock.Instant
    package var former: Former

    /// What a trial may last. A daemon looks every two seconds whether there is one.
    package static let lengths = Duration.seconds(2)...Duration.seconds(86_400)

    init(_ length: Duration, former: Former) {
        deadline = .now + length
        self.former = former
    }

    /// Begins again.
    mutating func extend(to length: Duration) { deadline = .now + length }

    /// Less than nothing where its time is up.
    package var left: Duration { deadline - .now }

    package var isOver: Bool { left <= .zero }
}

extension TCMechanism: Codable {}

/// A trial as the commands show it.
package struct TrialFacts: Codable, Sendable, Equatable {
    /// 0: its time is up, and what was before comes back at the next look or change.
    package var secondsLeft: Int
    /// The policy that comes back; nil: there was none, and everything is unloaded.
    package var former: String?

    package init(_ trial: Trial) {
        secondsLeft = max(0, Int((trial.left / .seconds(1)).rounded(.up)))
        if case .policy(let applied, _) = trial.former { former = applied.path }
    }

    package var text: String {
        let then = former.map { "\($0) is put back" } ?? "everything is unloaded"
        return secondsLeft > 0
            ? "\(secondsLeft) s left to confirm (shaperctl apply --confirm), then \(then)"
            : "not confirmed in time: \(then) at the next look of a daemon, or change"
    }
}

extension AppliedPolicy {
    /// The trial that others have to wait for.
    var pending: Trial? {
        guard let trial, !trial.isOver, network == NetworkNamespace.current else { return nil }
        return trial
    }
}

extension Node {
    /// Keeps the policy that is on trial.
    package func confirm() throws {
        try changing {
            try checkNotElsewhere()
            guard var applied = try AppliedPolicy.load(name), let trial = applied.trial else {
                throw NodeError("no policy of \(name) is on trial: there is nothing to confirm")
            }
            if try endOverdueTrial(NodeMemory()) != nil {
                throw NodeError("it is too late to confirm: \(trial.former.isBack)", remedy: "apply the policy again")
            }
            applied.trial = nil
            try applied.save(name)
        }
    }

    /// Puts back what was before the policy that is on trial.
    ///
    /// - Returns: what is in force now, for people.
    package func revert() throws -> String {
        try changing {
            try checkNotElsewhere()
            guard let trial = try AppliedPolicy.load(name)?.trial else {
                throw NodeError("no policy of \(name) is on trial: there is nothing to put back")
            }
            try end(trial)
            return trial.former.isBack
        }
    }

    /// Puts back what was before a trial whose time is up.
    ///
    /// - Returns: what is in force now, for people; nil where there was no such trial.
    package func revertOverdue(_ memory: NodeMemory) throws -> String? {
        guard (try? memory.applied(on: name))?.trial?.isOver == true else { return nil }
        return try changing {
            try checkNotElsewhere()
            return try endOverdueTrial(memory)
        }
    }

    /// `revertOverdue` where the change lock is held.
    @discardableResult
    func endOverdueTrial(_ memory: NodeMemory) throws -> String? {
        guard let trial = try memory.applied(on: name)?.trial, trial.isOver else { return nil }
        try end(trial)
        return trial.former.isBack
    }

    private func end(_ trial: Trial) throws {
        let kernel = try NodeKernel(node: name)
        switch trial.former {
        case .nothing:
            try kernel.unload()
            AppliedPolicy.remove(name)
        case .policy(let former, let mechanism):
            try kernel.apply(
                InForce(former, AutomaticLayer.load(name), after: nil).desired, ApplyOptions(mechanism: mechanism))
            try former.save(name)
        }
    }
}

extension Trial.Former {
    fileprivate var isBack: String {
        switch self {
        case .nothing: "nothing is in force, as before"
        case .policy(let former, _): "\(former.path) is in force again"
        }
    }
}

extension NodeError {
    static func onTrial(_ node: String, _ trial: Trial) -> NodeError {
        NodeError(
            "a policy of \(node) is on trial: \(TrialFacts(trial).text)",
            remedy: "shaperctl apply --confirm keeps it, --revert puts the former one back")
    }
}
