import Datapath

/// What `plan` shows.
package struct PlannedChanges: Readout {
    package var node: String
    /// In force now; 0: none.
    package var generation: UInt32
    package var differs: Bool
    /// A line for each kind of change.
    package var summary: [String]
    /// A line for each.
    package var changes: [String]
    /// What is not as it could be, whether anything would change or not.
    package var notes: [String]
    private let isVerbose: Bool

    private enum CodingKeys: CodingKey { case node, generation, differs, summary, changes, notes }

    package init(_ outcome: Node.Outcome, isVerbose: Bool) {
        node = outcome.node
        generation = outcome.generation
        changes = outcome.changes
        summary = outcome.kernel.summary
        notes = outcome.kernel.sharedTree.map { ["\($0)"] } ?? []
        differs = !outcome.changes.isEmpty
        self.isVerbose = isVerbose
    }

    package var text: String {
        let lines =
            differs
            ? ["\(node): would change"] + (isVerbose ? changes : summary)
            : ["\(node): nothing to change, generation \(generation)"]
        return (lines + notes.map { "note: \($0)" }).joined(separator: "\n")
    }
}

extension Node.Outcome {
    /// What `apply` shows.
    package func text(isVerbose: Bool) -> String {
        guard !changes.isEmpty else { return "\(node): nothing to change, generation \(generation)" }
        return ((isVerbose ? changes : kernel.summary) + ["\(node): generation \(generation) in force"])
            .joined(separator: "\n")
    }
}
