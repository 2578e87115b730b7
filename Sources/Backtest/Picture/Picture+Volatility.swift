import Policy

extension Picture {
    /// By the estimator of each policy, with the levels at which the first one's regimes are entered.
    func drawVolatility(_ drawing: inout Drawing, top: Double) -> Double {
        let bottom = top + 250
        let replay = replays[0].replay
        let curves = distinct { curve(of: $0) { $0.volatility } }
        let baseline = curve(of: replay) { $0.baseline }
        let levels = Regime.allCases.compactMap { regime in
            replay.policy.volatility?.triggers[regime].map { (regime: regime, trigger: $0) }
        }
        let entered = levels.map(\.trigger.volatility)
        let values = curves.compactMap(\.range) + [baseline.range].compactMap(\.self)
        let least = max(values.map(\.lowerBound).filter { $0 > 0 }.min() ?? 10, 1)
        let most = max((values.map(\.upperBound) + entered).max() ?? 100, least * 10)
        let scale = ValueScale(logarithmic: least...most, top: top, bottom: bottom)

        drawing.open(group: "volatility")
        drawPanel(
            &drawing, replay,
            title: "Volatility, annualised, and the levels at which regimes are entered"
                + (curves.count > 1 ? " (violet: \(replays[1].name))" : ""), top: top,
            bottom: bottom)
        drawTicks(&drawing, scale, scale.ticks) { "\(Drawing.number($0)) %" }
        drawing.lines(baseline.points(time, scale), stroke: Palette.baseline, width: 1.6)
        var labels: [Label] = []
        if let last = baseline.pieces.last?.last {
            labels.append(Label(y: scale.y(last.value), lines: ["baseline"], fill: Palette.quiet))
        }
        for (regime, trigger) in levels {
            let level = curve(of: replay) { look in
                max(trigger.volatility, trigger.overBaseline * (look.baseline ?? 0))
            }
            drawing.lines(
                level.points(time, scale), stroke: Palette.line(regime), width: 1.3,
                // Levels may be the same: the milder one shows in the gaps.
                dash: regime == .elevated ? nil : "6 4")
            let least = "\(Drawing.number(trigger.volatility)) %"
            let lines =
                trigger.overBaseline > 0
                ? [
                    "\(regime.rawValue): the higher of",
                    "\(least) and \(Drawing.number(trigger.overBaseline)) × baseline",
                ] : ["\(regime.rawValue): \(least)"]
            labels.append(
                Label(
                    y: scale.y(level.pieces.last?.last?.value ?? trigger.volatility), lines: lines,
                    fill: Palette.line(regime)))
        }
        for (index, curve) in curves.enumerated() {
            drawing.lines(
                curve.points(time, scale), stroke: index == 0 ? Palette.volatility : Palette.other, width: 1.3)
        }
        drawLabels(&drawing, labels, top: top, bottom: bottom)
        markWorst(&drawing, curves[0], scale)
        drawing.close()
        return bottom + Self.space
    }

    /// Trades a minute, where the bars count them.
    func drawMessages(_ drawing: inout Drawing, top: Double) -> Double {
        let replay = replays[0].replay
        let curve = curve(of: replay) { $0.messageRate.map { max($0, 1) } }
        guard let range = curve.range else { return top }
        let bottom = top + 110
        let scale = ValueScale(
            logarithmic: range.lowerBound...max(range.upperBound, range.lowerBound * 10), top: top, bottom: bottom)
        drawing.open(group: "messages")
        drawPanel(&drawing, replay, title: "Trades a minute", top: top, bottom: bottom)
        drawTicks(&drawing, scale, scale.ticks) { grouped($0, 0) }
        drawing.lines(curve.points(time, scale), stroke: Palette.messages, width: 1.3)
        drawing.close()
        return bottom + Self.space
    }

    private func curve(of replay: Replay, _ value: (Replay.Look) -> Double?) -> Curve {
        Curve(replay.looks.map { (time: $0.time, value: value($0)) }, on: time, gap: gap)
    }

    /// Those of both policies, or one where they are the same.
    private func distinct(_ curve: (Replay) -> Curve) -> [Curve] {
        let isSame = replays.dropFirst().allSatisfy { run in
            run.replay.looks.map(\.volatility) == replays[0].replay.looks.map(\.volatility)
        }
        return isSame ? [curve(replays[0].replay)] : replays.map { curve($0.replay) }
    }

    private func markWorst(_ drawing: inout Drawing, _ curve: Curve, _ scale: ValueScale) {
        guard let worst = curve.greatest else { return }
        let point = Drawing.Point(x: time.x(worst.time), y: scale.y(worst.value))
        drawing.dot(point, fill: Palette.volatility)
        let isLeft = point.x > (Self.left + Self.right) / 2
        let utc = UTC(worst.time)
        drawing.write(
            "\(grouped(worst.value, 0)) % at \(utc.clock), \(utc.date)" + (time.pieces.count > 1 ? " \(utc.year)" : ""),
            at: .init(x: point.x + (isLeft ? -9 : 9), y: point.y + 4), anchor: isLeft ? .end : .start, isBold: true)
    }

    private struct Label {
        /// Of its first line.
        var y: Double
        var lines: [String]
        var fill: String

        static let height = 14.0
    }

    /// In the margin, none over another.
    private func drawLabels(_ drawing: inout Drawing, _ labels: [Label], top: Double, bottom: Double) {
        var y = top
        var placed = labels.sorted { $0.y < $1.y }
        for index in placed.indices {
            placed[index].y = max(placed[index].y + 4, y)
            y = placed[index].y + Label.height * Double(placed[index].lines.count) + 2
        }
        var limit = bottom + 4 + Label.height
        for index in placed.indices.reversed() {
            placed[index].y = min(placed[index].y, limit - Label.height * Double(placed[index].lines.count))
            limit = placed[index].y - 2
        }
        for label in placed {
            for (row, line) in label.lines.enumerated() {
                let y = label.y + Double(row) * Label.height
                drawing.write(line, at: .init(x: Self.margin, y: y), size: 11, fill: label.fill)
            }
        }
    }
}
