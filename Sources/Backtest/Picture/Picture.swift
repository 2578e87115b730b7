import Market
import Policy

/// What a replay looked like: prices, volatility, the regimes behind them, and the quotas below. The same input gives the
/// same bytes.
package struct Picture {
    let files: [BarFile]
    let replays: [(name: String, replay: Replay)]
    let tape: BarTape
    let time: TimeScale
    /// Longer than between two bars that follow each other, ns.
    let gap: Int64

    static let width = 1200.0
    static let left = 96.0
    static let right = 1000.0
    /// Where what is beside the curves begins.
    static let margin = 1011.0

    package init(_ files: [BarFile], _ replays: [(name: String, replay: Replay)]) {
        self.files = files
        self.replays = replays
        tape = BarTape(files)
        time = TimeScale(tape.stretches.map { $0.start...$0.end }, left: Self.left, right: Self.right)
        gap = (files.map(\.step).max() ?? 0) * 3
    }

    /// As many panels of prices.
    var feeds: Int { tape.stretches.map(\.feeds.count).max() ?? 0 }

    var title: String { "Backtest of " + replays.map(\.name).joined(separator: " and ") }

    package var svg: String {
        var drawing = Drawing()
        var y = drawHeader(&drawing)
        let top = y
        for index in 0..<min(feeds, 4) { y = drawPrices(&drawing, feed: index, top: y) }
        y = drawVolatility(&drawing, top: y)
        y = drawMessages(&drawing, top: y)
        let shown = ShownQuotas(replays.map(\.replay))
        for index in replays.indices { y = drawQuotas(&drawing, of: index, shown, top: y) }
        drawTimes(&drawing, top: top, bottom: y - Self.space)
        return drawing.document(width: Self.width, height: y + 38, title: title)
    }

    /// Between two panels.
    static let space = 26.0

    // MARK: What is around the panels

    private func drawHeader(_ drawing: inout Drawing) -> Double {
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

    private func drawTimes(_ drawing: inout Drawing, top: Double, bottom: Double) {
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

    // MARK: What every panel has

    /// The regimes' bands, the title above, and lines at round times.
    func drawPanel(
        _ drawing: inout Drawing, _ replay: Replay, title: String?, top: Double, bottom: Double
    ) {
        if let title { drawing.write(title, at: .init(x: Self.left, y: top - 8), size: 13, isBold: true) }
        // What is short is seen nevertheless, the worse over the milder.
        for band in bands(of: replay).sorted(by: { ($0.regime.severity, $0.start) < ($1.regime.severity, $1.start) }) {
            let (start, end) = (time.x(band.start), time.x(band.end))
            let title =
                band.regime == .calm ? nil : "\(band.regime.rawValue) \(UTC(band.start).iso) to \(UTC(band.end).iso)"
            drawing.rectangle(
                start, top, width: max(end - start, 2), height: bottom - top, fill: Palette.band(band.regime),
                className: band.regime.rawValue, title: title)
        }
        for tick in time.ticks {
            let x = time.x(tick.time)
            drawing.line(.init(x: x, y: top), .init(x: x, y: bottom), stroke: Palette.grid, width: 0.6)
        }
        drawAcross(&drawing, y: bottom, stroke: Palette.baseline, width: 1)
    }

    /// A level line, with the breaks between the pieces of time.
    private func drawAcross(_ drawing: inout Drawing, y: Double, stroke: String, width: Double) {
        for piece in time.pieces {
            drawing.line(.init(x: piece.left, y: y), .init(x: piece.right, y: y), stroke: stroke, width: width)
        }
    }

    func drawTicks(_ drawing: inout Drawing, _ scale: ValueScale, _ ticks: [Double], _ label: (Double) -> String) {
        for tick in ticks {
            let y = scale.y(tick)
            drawAcross(&drawing, y: y, stroke: Palette.grid, width: 0.6)
            drawing.write(
                label(tick), at: .init(x: Self.left - 8, y: y + 4), fill: Palette.quiet, anchor: .end)
        }
    }

    private struct Band {
        var regime: Regime
        var start: Int64
        var end: Int64
    }

    /// Each watch begins with calm.
    private func bands(of replay: Replay) -> [Band] {
        replay.watches.flatMap { watch in
            var bands: [Band] = []
            var (regime, start) = (Regime.calm, watch.start)
            for change in replay.changes where (watch.start...watch.end).contains(change.look.time) {
                if change.look.time > start { bands.append(Band(regime: regime, start: start, end: change.look.time)) }
                (regime, start) = (change.look.regime, change.look.time)
            }
            return bands + [Band(regime: regime, start: start, end: watch.end)]
        }
    }
}

/// `12,345.5`.
func grouped(_ number: Double, _ decimals: Int) -> String {
    let text = fixed(number, decimals)
    let parts = text.split(separator: ".", maxSplits: 1)
    guard let whole = parts.first, number.isFinite, abs(number) < 1e15 else { return text }
    var result = ""
    for (index, character) in whole.enumerated() {
        if index > 0, (whole.count - index).isMultiple(of: 3), result != "-" { result += "," }
        result.append(character)
    }
    return parts.count > 1 ? result + "." + parts[1] : result
}
