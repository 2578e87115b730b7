/// What `market log` shows.
package struct DecisionList: Encodable, Sendable, Readout {
    package var decisions: [DecisionEntry]

    package init(entries: [DecisionEntry]) { decisions = entries }

    package var text: String {
        decisions.isEmpty ? "nothing has been decided yet" : decisions.map(\.text).joined(separator: "\n")
    }
}
