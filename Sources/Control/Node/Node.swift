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

        /// One line for each change; empty where everything was so already.
        package var changes: [String] { kernel.descriptions }
    }

    /// The kernel's difference from a policy. Writes nothing.
    package static func plan(_ text: String, options: ApplyOptions) throws -> Outcome {
        let (policy, warnings) = try check(text)
        try Node(name: policy.node).checkNotElsewhere()
        let kernel = try NodeKernel(node: policy.node)
        let changes = try kernel.changes(to: DesiredState(policy), options)
        return Outcome(node: policy.node, kernel: changes, generation: try kernel.generation(), warnings: warnings)
    }

    /// Puts a policy in force. What commands had changed over the former one ends.
    ///
    /// - Parameter confirmWithin: after so long the former policy comes back, unless somebody confirms the new one.
    /// - Throws: also while another policy is on trial. One whose time is up is as good as taken back.
    package static func apply(
        _ text: String, path: String, options: ApplyOptions, confirmWithin: Duration? = nil
    ) throws -> Outcome {
        let (policy, warnings) = try check(text)
        let node = Node(name: policy.node)
        return try node.changing {
            try node.checkNotElsewhere()
            let kernel = try NodeKernel(node: node.name)
            let before = try? AppliedPolicy.load(node.name)
            if let trial = before?.pending { throw NodeError.onTrial(node.name, trial) }
            var applied = AppliedPolicy(
                path: path, text: text, overrides: [], appliedAt: Date().timeIntervalSince1970)
            let isNews =
                before?.isRecord(of: text, from: path) != true || before?.overrides.isEmpty == false
                || before?.trial != nil
            if isNews, let confirmWithin {
                applied.trial = Trial(confirmWithin, former: try node.former(kernel))
                // Recorded first: whoever dies from here on, the deadline is kept.
                try applied.save(node.name)
            }
            let changes: NodeChanges
            do {
                changes = try kernel.apply(DesiredState(policy), options)
            } catch {
                if applied.trial != nil { try before?.save(node.name) ?? AppliedPolicy.remove(node.name) }
                throw error
            }
            // Thousands of slices take a while.
            if let confirmWithin { applied.trial?.extend(to: confirmWithin) }
            if isNews { try applied.save(node.name) }
            return Outcome(
                node: node.name, kernel: changes, generation: try kernel.generation(), warnings: warnings,
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
    package static func adopt(_ text: String, path: String, options: ApplyOptions) throws -> Outcome {
        let (policy, warnings) = try check(text)
        let node = Node(name: policy.node)
        _ = try node.revertOverdue()
        // A damaged record is as good as none.
        guard let applied = try? AppliedPolicy.load(node.name),
            applied.isRecord(of: text, from: path) || applied.pending != nil
        else {
            return try apply(text, path: path, options: options)
        }
        var memory = NodeMemory()
        let changes = try node.putRight(options, &memory)
        let generation = try NodeKernel(node: node.name).generation()
        return Outcome(
            node: node.name, kernel: changes, generation: generation, warnings: warnings, trial: applied.trial)
    }

    /// Puts right what others changed in the kernel.
    ///
    /// - Returns: what was wrong; empty where nothing was.
    package func repair(_ options: ApplyOptions, _ memory: inout NodeMemory) throws -> [String] {
        try putRight(options, &memory).descriptions
    }

    private func putRight(_ options: ApplyOptions, _ memory: inout NodeMemory) throws -> NodeChanges {
        try changing {
            try endOverdueTrial()
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
            return found || wasApplied
        }
    }

    /// The policy in force, overrides included.
    ///
    /// - Throws: `NodeError` where there is none.
    package func inForce() throws -> InForce {
        guard let applied = try AppliedPolicy.load(name) else { throw NodeError.nothingInForce(name) }
        try checkNotElsewhere()
        return try InForce(applied, after: nil)
    }

    private static func check(_ text: String) throws -> (Policy, [Diagnostic]) {
        let outcome = PolicyParser.parse(text)
        guard let policy = outcome.policy else { throw PolicyError(diagnostics: outcome.diagnostics) }
        return (policy, outcome.diagnostics)
    }

    /// Runs `body` while no other process changes this node.
    func changing<T>(_ body: () throws -> T) throws -> T {
        let lock = try ChangeLock(path: RunFolder.changeLock(name))
        defer { if AppliedPolicy.exists(name) { lock.release() } else { lock.remove() } }
        return try body()
    }
}
