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
    private let isVerbose: Bool

    private enum CodingKeys: CodingKey { case node, generation, differs, summary, changes }

    package init(_ outcome: Node.Outcome, isVerbose: Bool) {
        node = outcome.node
        generation = outcome.generation
        changes = outcome.changes
        summary = outcome.kernel.summary
        differs = !outcome.changes.isEmpty
        self.isVerbose = isVerbose
    }

    package var text: String {
        guard differs else { return "\(node): nothing to change, generation \(generation)" }
        return (["\(node): would change"] + (isVerbose ? changes : summary)).joined(separator: "\n")
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
