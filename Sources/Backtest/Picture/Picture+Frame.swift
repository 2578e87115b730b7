import Policy

/// What is around the panels.
extension Picture {
    func drawHeader(_ drawing: inout Drawing) -> Double {
        drawing.write(title, at: .init(x: Self.left, y: 38), size: 22, isBold: true)
        var y = 62.0
        for file in files.prefix(6) {
            let name = file.name.split(separator: "/").last.map(String.init) ?? file.name
            let (start, end) = (UTC(file.start), UTC(file.end))
            let missing = file.missing > 0 ? ", \(grouped(Double(file.missing), 0)) missing" : ""
            drawing.write(
                "\(name): \(grouped(Double(file.bars.count), 0)) bars of \(Duration.nanoseconds(file.step).unitText)"
                    + "\(missing), \(start.date) \(start.year) \(start.clock) to \(end.date) \(end.year) \(end.clock) UTC",
                at: .init(x: Self.left, y: y), size: 13, fill: Palette.quiet)
            y += 18
        }
        if files.count > 6 {
            drawing.write(
                "and \(files.count - 6) more files", at: .init(x: Self.left, y: y), size: 13, fill: Palette.quiet)
            y += 18
        }
        let report = BacktestReport(files, replays)
        if let gap = report.gaps.first {
            let more = report.gaps.count > 1 ? " (and after \(report.gaps.count - 1) more)" : ""
            drawing.write("\(gap.text)\(more)", at: .init(x: Self.left, y: y), size: 13, fill: Palette.quiet)
            y += 18
        }
        // Of policies with the same estimator they are the same.
        let warnings = report.policies.flatMap(\.watches).compactMap(\.warning).reduce(into: [String]()) {
            if !$0.contains($1) { $0.append($1) }
        }
        let more = warnings.count > 2 ? ["and \(warnings.count - 2) more such warnings"] : []
        for line in warnings.prefix(2).map({ "Warning: \($0)" }) + more {
            drawing.write(line, at: .init(x: Self.left, y: y), size: 13, fill: Palette.line(.storm))
            y += 18
        }
        for (index, run) in report.policies.enumerated() {
            drawLegend(&drawing, run, label: replays.count > 1 ? run.policy : nil, top: y)
            y += index == replays.count - 1 ? 44 : 24
        }
        return y
    }

    /// The regimes' colours, with how much of the time each was.
    private func drawLegend(
        _ drawing: inout Drawing, _ run: BacktestReport.Run, label: String?, top: Double
    ) {
        let seconds = run.secondsIn
        let all = max(Regime.allCases.reduce(0) { $0 + seconds[$1] }, 1e-9)
        var x = Self.left
        for regime in Regime.allCases {
            drawing.rectangle(x, top, width: 22, height: 13, fill: Palette.band(regime), round: 2)
            drawing.rectangle(x, top + 11, width: 22, height: 2, fill: Palette.line(regime))
            let part = seconds[regime] / all * 100
            let text = part > 0 && part < 0.1 ? "under 0.1 %" : "\(fixed(part, 1)) %"
            let words = "\(regime.rawValue) \(text)"
            drawing.write(words, at: .init(x: x + 29, y: top + 11), size: 13)
            x += max(172, 29 + Drawing.width(words, size: 13) + 16)
        }
        if let label {
            drawing.write("of the time by \(label)", at: .init(x: x, y: top + 11), size: 13, fill: Palette.quiet)
        } else {
            drawing.write("of the time", at: .init(x: x, y: top + 11), size: 13, fill: Palette.quiet)
        }
    }

    func drawTimes(_ drawing: inout Drawing, top: Double, bottom: Double) {
        drawing.open(group: "times")
        // No label over the one before it: where the last one of each line ends.
        var (end, dateEnd) = (0.0, 0.0)
        for tick in time.ticks {
            let x = time.x(tick.time)
            drawing.line(.init(x: x, y: bottom), .init(x: x, y: bottom + 5), stroke: Palette.quiet)
            if x - Drawing.width(tick.label, size: 12) / 2 > end {
                drawing.write(tick.label, at: .init(x: x, y: bottom + 21), fill: Palette.quiet, anchor: .middle)
                end = x + Drawing.width(tick.label, size: 12) / 2 + 4
            }
            if let date = tick.date, x - Drawing.width(date, size: 12) / 2 > dateEnd {
                drawing.write(date, at: .init(x: x, y: bottom + 37), anchor: .middle, isBold: true)
                dateEnd = x + Drawing.width(date, size: 12) / 2 + 4
            }
        }
        drawing.write("UTC", at: .init(x: Self.left - 30, y: bottom + 21), fill: Palette.quiet, anchor: .end)
        drawing.close()
    }
}
