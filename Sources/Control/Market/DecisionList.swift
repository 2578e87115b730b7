/// What `market log` shows.
package struct DecisionList: Encodable, Sendable, Readout {
    package var decisions: [DecisionEntry]

    /// Of a node whose daemon may be gone.
    ///
    /// - Throws: where there is no such node.
    package init(of node: Node, last count: Int) throws {
        decisions = DecisionLog(node: node.name).entries(last: count)
        guard !decisions.isEmpty || AppliedPolicy.exists(node.name) else { throw NodeError.nothingInForce(node.name) }
    }

    package var text: String {
        decisions.isEmpty ? "nothing has been decided yet" : decisions.map(\.text).joined(separator: "\n")
    }
}
