import Backtest
import Policy

extension BacktestReport {
    /// Two policies side by side; nil: there is one.
    var comparison: String? {
        guard policies.count == 2 else { return nil }
        var table = TextTable([.text("COMPARED")] + policies.map { .number($0.policy) })
        func add(_ name: String, _ cell: (Run) -> String) { table.add([name] + policies.map(cell)) }
        add("changes") { "\($0.changes.count)" }
        add("storms") { "\($0.storms)" }
        for regime in Regime.allCases { add(regime.rawValue) { $0.share(of: regime) } }
        for difference in differences {
            table.add(
                ["\(difference.slice) \(difference.class) \(difference.figure)"]
                    + difference.ranges.map { $0?.text ?? "" })
        }
        // A policy may have thousands of slices.
        let lines = shortened(table.description.split(separator: "\n").map(String.init), to: 23)
        let rest = differences.isEmpty ? ["no quota differs in its least or most"] : []
        return ([""] + lines + rest).joined(separator: "\n")
    }
}

extension BacktestReport.Difference.Range {
    /// `19mbit to 95mbit`.
    fileprivate var text: String {
        let (least, most) = (BitRate(bitsPerSecond: leastBitsPerSecond), BitRate(bitsPerSecond: mostBitsPerSecond))
        return least == most ? least.shortText : "\(least.shortText) to \(most.shortText)"
    }
}
