import Backtest
import Policy

extension BacktestReport: Readout {
    /// A line for each change, with the quotas that differ from calm below it.
    package var text: String {
        (files.map(\.text) + gapLines + [comparison].compactMap(\.self) + policies.map(\.text)).joined(separator: "\n")
    }

    /// An exchange may close every night.
    private var gapLines: [String] { shortened(gaps.map(\.text), to: 8) }
}

/// The first of lines that may be thousands.
func shortened(_ lines: [String], to most: Int) -> [String] {
    lines.count <= most ? lines : lines.prefix(most) + ["and \(lines.count - most) more, which --json has"]
}

extension BacktestReport.File {
    fileprivate var text: String {
        "\(name): \(counted(bars, "bar")) of \(Duration.seconds(stepSeconds).unitText), \(from) to \(until)"
            + (missing > 0 ? ", \(missing) missing" : "")
    }
}

extension BacktestReport.Run {
    fileprivate var text: String {
        var table = TextTable([
            .text("TIME"), .text("FROM"), .text("TO"), .number("PRICE"), .number("VOLATILITY"), .number("BASELINE"),
            .number("TRADES/MIN"), .text("QUOTAS REACHED"),
        ])
        for change in changes { table.add(change.cells) }
        let lines = table.description.split(separator: "\n").map(String.init)
        var text = ["", "\(policy), node \(node):"]
        text.append(changes.isEmpty ? "calm throughout" : lines[0])
        var heads = lines.dropFirst()
        for row in rows {
            switch row {
            case .change(let change):
                text += [heads.popFirst() ?? "", "    \(change.reason)"] + indented(change.texts(rateText))
            case .schedule(let event):
                text += ["\(event.time)  \(event.title)"] + indented(event.quotas.map { $0.text(rateText) })
            }
        }
        return (text + ["", totals] + warnings).joined(separator: "\n")
    }

    /// A policy may have thousands of slices.
    private func indented(_ quotas: [String]) -> [String] {
        shortened(quotas, to: 16).map { "    \($0)" }
    }

    private func rateText(_ rate: UInt64) -> String { BitRate(bitsPerSecond: rate).shortText }

    private var totals: String {
        var fields = Regime.allCases.map { (name: $0.rawValue, text: share(of: $0)) }
        fields.append((name: "storms", text: "\(storms)"))
        if let worst { fields.append((name: "worst", text: "\(fixed(worst.volatility, 0))% at \(worst.time)")) }
        fields.append((name: "baseline", text: baselines))
        if alarms > 0 { fields.append((name: "alarms", text: "at \(counted(alarms, "look"))")) }
        return textFields(fields)
    }

    /// `01:27:00  1.21%`.
    func share(of regime: Regime) -> String {
        let all = Regime.allCases.reduce(0) { $0 + secondsIn[$1] }
        let seconds = secondsIn[regime]
        return clockText(seconds) + (all > 0 ? "  \(fixed(seconds / all * 100, 2))%" : "")
    }

    /// How old it was in each watch.
    private var baselines: String {
        let lines = watches.map { watch in
            "from \(spanText(watch.baselineSeconds)) of calm bars "
                + (watch.firstChange.map { "at the first change, \($0)" } ?? "when the bars ended, \(watch.until)")
        }
        return shortened(lines, to: 8).joined(separator: "\n")
    }

    private var warnings: [String] { shortened(watches.compactMap(\.warning).map { "warning: \($0)" }, to: 8) }

    /// `3d 04:05:06`.
    private func clockText(_ seconds: Double) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let whole = Int(seconds)
        let days = whole >= 86400 ? "\(whole / 86400)d " : ""
        return days + "\(two(whole / 3600 % 24)):\(two(whole / 60 % 60)):\(two(whole % 60))"
    }
}

extension BacktestReport.Change {
    fileprivate var cells: [String] {
        [
            time, from, to, price.map(priceText) ?? "", volatility.map { "\(fixed($0, 0))%" } ?? "",
            baseline.map { "\(fixed($0, 0))%" } ?? "",
            messageRate.map { fixed($0, 0) + (rateMultiple.map { " (\(fixed($0, 1))x)" } ?? "") } ?? "",
            quotasReached ?? "",
        ]
    }
}
