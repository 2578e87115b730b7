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
