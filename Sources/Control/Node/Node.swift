import Datapath
import FoundationEssentials
import Plan
import Policy

/// One node's operations. Commands and the daemon alike go through here; each change holds the node's lock, so that
/// two of them never mix.
package struct Node: Sendable {
    package let name: String

    package init(name: String) { self.name = name }

    /// The node that is meant: the one named, or the only one there is.
    package init(named name: String?) throws {
        if let name {
            self.init(name: name)
            return
        }
        let nodes = Self.all()
        guard nodes.count == 1 else {
            throw nodes.isEmpty
                ? NodeError("no node runs here", remedy: "shaperctl apply POLICY")
                : NodeError("several nodes run here: \(nodes.joined(separator: ", "))", remedy: "name one with --node")
        }
        self.init(name: nodes[0])
    }

    /// The names of those that have something in the kernel, or should have.
    package static func all() -> [String] { Set(RunFolder.nodes() + PinFolder.nodes().map(\.node)).sorted() }

    /// What `apply` did, or `plan` would do.
    package struct Outcome: Sendable {
        package var node: String
        package var kernel: NodeChanges
        package var generation: UInt32
        package var warnings: [Diagnostic]
        /// nil: the policy stays in force.
        package var trial: Trial?
        /// The file says what it said when it was put in force.
        package var isUnchanged = false

        /// One line for each change; empty where everything was so already.
        package var changes: [String] { kernel.descriptions }
    }

    /// The kernel's difference from a policy. Writes nothing.
    package static func plan(_ checked: CheckedPolicy, options: ApplyOptions) throws -> Outcome {
        let policy = checked.policy
        try Node(name: policy.node).checkNotElsewhere()
        let kernel = try NodeKernel(node: policy.node)
        let rules = try DesiredState(policy)
        let layer = AutomaticLayer.load(policy.node)?.fitting(policy)
        let inForce = InForce(AppliedPolicy(checked.file), layer, file: policy, rules: rules)
        let changes = try kernel.changes(to: inForce.desired, options)
        return Outcome(
            node: policy.node, kernel: changes, generation: try kernel.generation(), warnings: checked.warnings)
    }

    /// Puts a policy in force. What commands had changed over the former one ends; what schedules and the market change
    /// goes on where it fits.
    ///
    /// - Parameter confirmWithin: after so long the former policy comes back, unless somebody confirms the new one.
    /// - Throws: also while another policy is on trial. One whose time is up is as good as taken back.
    package static func apply(
        _ checked: CheckedPolicy, options: ApplyOptions, confirmWithin: Duration? = nil, _ memory: inout NodeMemory
    ) throws -> Outcome {
        let node = Node(name: checked.policy.node)
        let rules = try DesiredState(checked.policy)
        return try node.changing {
            try node.checkNotElsewhere()
            let before = try? memory.applied(on: node.name)
            if let trial = before?.pending { throw NodeError.onTrial(node.name, trial) }
            var applied = AppliedPolicy(checked.file)
            let isNews =
                before?.isRecord(of: checked.file) != true || before?.overrides.isEmpty == false
                || before?.trial != nil
            let layer = AutomaticLayer.load(node.name)?.fitting(checked.policy)
            let desired = InForce(applied, layer, file: checked.policy, rules: rules).desired
            let (changes, generation) = try memory.withKernel(of: node.name) { kernel in
                if isNews, let confirmWithin {
                    applied.trial = Trial(confirmWithin, former: try node.former(kernel))
                    // Recorded first: whoever dies from here on, the deadline is kept.
                    try applied.save(node.name)
                }
                do {
                    return (try kernel.apply(desired, options), try kernel.generation())
                } catch {
                    if applied.trial != nil { try before?.save(node.name) ?? AppliedPolicy.remove(node.name) }
                    throw error
                }
            }
            // Thousands of slices take a while.
            if let confirmWithin { applied.trial?.extend(to: confirmWithin) }
            if isNews {
                try applied.save(node.name)
                if layer == nil { AutomaticLayer.remove(node.name) }
                memory.remember(InForce(applied, layer, file: checked.policy, rules: desired), on: node.name)
            }
            return Outcome(
                node: node.name, kernel: changes, generation: generation, warnings: checked.warnings,
                trial: applied.trial)
        }
    }

    /// What is in force and stays so, as a trial has to remember it.
    private func former(_ kernel: NodeKernel) throws -> Trial.Former {
        guard let applied = try AppliedPolicy.load(name) else {
            guard !kernel.isLoaded else {
                throw NodeError(
                    "\(name) has something in the kernel that is not on record, and could not be put back",
                    remedy: "apply without --confirm-within, or shaperctl unload first")
            }
            return .nothing
        }
        return applied.trial?.former ?? .policy(applied, mechanism: kernel.mechanism)
    }

    /// Puts a policy in force, unless it is: then what commands changed over it stays, and what others changed in the
    /// kernel is put right. A policy on trial stays as well, whatever its text; one whose time is up is taken back first.
    package static func adopt(
        _ checked: CheckedPolicy, options: ApplyOptions, _ memory: inout NodeMemory
    ) throws -> Outcome {
        let node = Node(name: checked.policy.node)
        _ = try node.revertOverdue(memory)
        // A damaged record is as good as none.
        guard let applied = try? memory.applied(on: node.name),
            applied.isRecord(of: checked.file) || applied.pending != nil
        else {
            return try apply(checked, options: options, &memory)
        }
        return try node.keep(applied, checked, options: options, &memory)
    }

    /// Puts a policy in force where its text is another than that in force, as `apply` does. Otherwise what commands
    /// changed over it stays, and what others changed in the kernel is put right.
    ///
    /// - Throws: also while a policy with another text is on trial.
    static func reload(
        _ checked: CheckedPolicy, options: ApplyOptions, _ memory: inout NodeMemory
    ) throws -> Outcome {
        let node = Node(name: checked.policy.node)
        _ = try node.revertOverdue(memory)
        guard let applied = try? memory.applied(on: node.name), applied.isRecord(of: checked.file) else {
            return try apply(checked, options: options, &memory)
        }
        return try node.keep(applied, checked, options: options, &memory)
    }

    private func keep(
        _ applied: AppliedPolicy, _ checked: CheckedPolicy, options: ApplyOptions, _ memory: inout NodeMemory
    ) throws -> Outcome {
        let changes = try putRight(options, &memory)
        let generation = try memory.withKernel(of: name) { try $0.generation() }
        return Outcome(
            node: name, kernel: changes, generation: generation, warnings: checked.warnings, trial: applied.trial,
            isUnchanged: applied.isRecord(of: checked.file))
    }

    /// Puts right what others changed in the kernel.
    ///
    /// - Returns: what was wrong; empty where nothing was.
    package func repair(_ options: ApplyOptions, _ memory: inout NodeMemory) throws -> [String] {
        try putRight(options, &memory).descriptions
    }

    private func putRight(_ options: ApplyOptions, _ memory: inout NodeMemory) throws -> NodeChanges {
        try changing {
            try endOverdueTrial(memory)
            guard let inForce = try memory.inForce(on: name) else { throw NodeError.nothingInForce(name) }
            return try memory.withKernel(of: name) { try $0.apply(inForce.desired, options) }
        }
    }

    /// Removes everything the node has in the kernel.
    ///
    /// - Returns: false where there was nothing.
    package func unload() throws -> Bool {
        try changing {
            try checkNotElsewhere()
            let found = try NodeKernel(node: name).unload()
            let wasApplied = AppliedPolicy.exists(name)
            AppliedPolicy.remove(name)
            RunFolder.forget(name)
            return found || wasApplied
        }
    }

    /// The policy in force, overrides included.
    ///
    /// - Throws: `NodeError` where there is none.
    package func inForce() throws -> InForce {
        guard let applied = try AppliedPolicy.load(name) else { throw NodeError.nothingInForce(name) }
        try checkNotElsewhere()
        return try InForce(applied, AutomaticLayer.load(name), after: nil)
    }

    /// Runs `body` while no other process changes this node.
    func changing<T>(_ body: () throws -> T) throws -> T {
        try holding(ChangeLock(path: RunFolder.changeLock(name)), body)
    }

    /// The same where nobody else is about it; nil: somebody is.
    func changingIfFree<T>(_ body: () throws -> T) throws -> T? {
        try ChangeLock(ifFree: RunFolder.changeLock(name)).map { try holding($0, body) }
    }

    private func holding<T>(_ lock: ChangeLock, _ body: () throws -> T) throws -> T {
        defer { if AppliedPolicy.exists(name) { lock.release() } else { lock.remove() } }
        return try body()
    }
}
