/// Columns of text under their headings, as wide as they need to be.
package struct TextTable: CustomStringConvertible {
    package enum Alignment: Sendable { case left, right }

    /// Columns of numbers are easier to compare from the right.
    package struct Column: Sendable {
        package var heading: String
        package var alignment: Alignment

        package static func text(_ heading: String) -> Column { Column(heading: heading, alignment: .left) }
        package static func number(_ heading: String) -> Column { Column(heading: heading, alignment: .right) }
    }

    private static let gap = "  "
    private let columns: [Column]
    private var rows: [[String]] = []

    package init(_ columns: [Column]) { self.columns = columns }

    /// - Parameter cells: one for each column; an empty one is shown as `-`, so that every line has as many words.
    package mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count)
        rows.append(cells.map { $0.isEmpty ? "-" : $0 })
    }

    package var isEmpty: Bool { rows.isEmpty }

    package var description: String {
        let lines = [columns.map(\.heading)] + rows
        let widths = columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            var text = ""
            for (column, cell) in line.enumerated() {
                let blank = String(repeating: " ", count: widths[column] - cell.count)
                let isLast = column == columns.count - 1
                text += columns[column].alignment == .right ? blank + cell : isLast ? cell : cell + blank
                if !isLast { text += Self.gap }
            }
            return text
        }.joined(separator: "\n")
    }
}

/// Lines of a name and what it says; a longer text goes on under its beginning.
package func textFields(_ fields: [(name: String, text: String)]) -> String {
    let width = (fields.map(\.name.count).max() ?? 0) + 2
    return fields.map { field in
        let lines = field.text.split(separator: "\n", omittingEmptySubsequences: false)
        let name = field.name + String(repeating: " ", count: width - field.name.count)
        return name + lines.joined(separator: "\n" + String(repeating: " ", count: width))
    }.joined(separator: "\n")
}
