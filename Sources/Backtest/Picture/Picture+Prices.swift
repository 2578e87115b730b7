import Market

extension Picture {
    /// Closing prices, and behind them from the low to the high.
    func drawPrices(_ drawing: inout Drawing, feed index: Int, top: Double) -> Double {
        let feeds = tape.stretches.compactMap { $0.feeds.indices.contains(index) ? $0.feeds[index] : nil }
        let bars = feeds.flatMap(\.bars)
        let height = self.feeds > 1 ? 150.0 : 210.0
        let bottom = top + height
        let curve = Curve(bars.lazy.map { (time: $0.end, value: $0.close) }, on: time, gap: gap)
        let lows = Curve(bars.lazy.map { (time: $0.end, value: $0.low) }, on: time, gap: gap)
        let highs = Curve(bars.lazy.map { (time: $0.end, value: $0.high) }, on: time, gap: gap)
        guard let low = lows.least, let high = highs.greatest else { return top }
        let scale = ValueScale(linear: low.value...high.value, top: top, bottom: bottom)
        drawing.open(group: "price-\(index + 1)")
        let names = feeds.map(\.name).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        let title = self.feeds > 1 ? "Price, " + names.joined(separator: ", then ") : "Price"
        drawPanel(&drawing, replays[0].replay, title: title, top: top, bottom: bottom)
        let ticks = scale.ticks
        let decimals = Self.decimals(ticks)
        drawTicks(&drawing, scale, ticks) { grouped($0, decimals) }
        drawRange(&drawing, bars, scale)
        drawing.lines(curve.points(time, scale), stroke: Palette.price, width: 1.4)
        let lowest = UTC((bars.first { $0.end == low.time } ?? bars[0]).time)
        let when = time.pieces.count > 1 ? ", \(lowest.date) \(lowest.year)" : " at \(lowest.clock)"
        mark(&drawing, low, scale, "low \(grouped(low.value, max(decimals, 2)))\(when)")
        mark(&drawing, high, scale, "high \(grouped(high.value, max(decimals, 2)))")
        drawing.close()
        return bottom + Self.space
    }

    /// A dot, and its figure in the margin.
    private func mark(
        _ drawing: inout Drawing, _ sample: Curve.Sample, _ scale: ValueScale, _ text: String
    ) {
        let point = Drawing.Point(x: time.x(sample.time), y: scale.y(sample.value))
        drawing.dot(point, fill: Palette.price)
        drawing.write(text, at: .init(x: Self.margin, y: point.y + 4), fill: Palette.price)
    }

    /// From the least to the greatest in each column.
    private func drawRange(_ drawing: inout Drawing, _ bars: [Bar], _ scale: ValueScale) {
        var (upper, lower): ([Drawing.Point], [Drawing.Point]) = ([], [])
        var column = -1
        var last: Int64?
        func finish() {
            drawing.area(upper + lower.reversed(), fill: Palette.price, opacity: 0.22)
            (upper, lower) = ([], [])
        }
        for bar in bars {
            if let last, bar.end - last > gap || time.place(bar.end) != time.place(last) { finish() }
            last = bar.end
            let (high, low) = (scale.y(bar.high), scale.y(bar.low))
            let number = time.column(bar.end)
            if number == column, let index = upper.indices.last {
                upper[index].y = min(upper[index].y, high)
                lower[index].y = max(lower[index].y, low)
            } else {
                upper.append(.init(x: time.x(bar.end), y: high))
                lower.append(.init(x: time.x(bar.end), y: low))
                column = number
            }
        }
        finish()
    }

    /// As many as tell the ticks apart.
    private static func decimals(_ ticks: [Double]) -> Int {
        (0...8).first { decimals in
            Set(ticks.map { fixed($0, decimals) }).count == ticks.count
                && ticks.allSatisfy { abs((Double(fixed($0, decimals)) ?? $0) - $0) <= abs($0) * 1e-9 }
        } ?? 8
    }
}
