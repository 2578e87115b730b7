import Backtest
import Policy

extension BacktestReport {
    /// Figures shown: a policy may have thousands of slices.
    private static let most = 16

    /// Two policies side by side; nil: there is one.
    var comparison: String? {
        guard policies.count == 2 else { return nil }
        var table = TextTable([.text("COMPARED")] + policies.map { .number($0.policy) })
        func add(_ name: String, _ cell: (Run) -> String) { table.add([name] + policies.map(cell)) }
        add("changes") { "\($0.changes.count)" }
        add("storms") { "\($0.storms)" }
        for regime in Regime.allCases { add(regime.rawValue) { $0.share(of: regime) } }
        for difference in differences.prefix(Self.most) {
            table.add(
                ["\(difference.slice) \(difference.class) \(difference.figure)"]
                    + difference.ranges.map { $0?.text ?? "" })
        }
        let lines =
            differences.isEmpty
            ? ["no quota differs in its least or most"]
            : differences.count > Self.most
                ? ["and \(differences.count - Self.most) more quotas, which --json has"] : []
        return (["", table.description] + lines).joined(separator: "\n")
    }
}

extension BacktestReport.Difference.Range {
    /// `19mbit to 95mbit`.
    fileprivate var text: String {
        let (least, most) = (BitRate(bitsPerSecond: leastBitsPerSecond), BitRate(bitsPerSecond: mostBitsPerSecond))
        return least == most ? least.shortText : "\(least.shortText) to \(most.shortText)"
    }
}
