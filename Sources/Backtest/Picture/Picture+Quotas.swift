import Policy

extension Picture {
    /// A figure of a class that the market moves.
    private struct Figure {
        var className: String
        /// Of the classes, for its colour.
        var place: Int
        var isCeiling: Bool
        var isExpress: Bool
        var curve: Curve
        var calm: Double
    }

    /// A row for each figure that is shown.
    func drawQuotas(_ drawing: inout Drawing, of index: Int, _ shown: ShownQuotas, top: Double) -> Double {
        let (name, replay) = replays[index]
        let figures = figures(of: replay, shown)
        let whose = replays.count > 1 ? " by \(name)" : ""
        let verb = shown.isDifference ? "differ" : "move"
        let rest =
            shown.others > 0 ? " (they \(verb) in \(shown.others) more \(shown.others == 1 ? "place" : "places"))" : ""
        var y = top
        drawing.open(group: "quotas-\(index + 1)")
        guard let slice = shown.slice, !figures.isEmpty else {
            let bottom = y + 30
            drawPanel(
                &drawing, replay,
                title: "Quotas\(whose): none \(shown.slice == nil ? "was moved" : "in slice \(shown.slice ?? "")")",
                top: y, bottom: bottom)
            drawing.close()
            return bottom + Self.space
        }
        let place = slice == "(common)" ? "of the slices without quotas" : "in slice \(slice)"
        for (row, figure) in figures.enumerated() {
            let title = row == 0 ? "Quotas \(place)\(whose), Mbit/s\(rest)" : nil
            let bottom = y + 52
            drawPanel(&drawing, replay, title: title, top: y, bottom: bottom)
            draw(&drawing, figure, top: y, bottom: bottom)
            y = bottom + 12
        }
        drawing.close()
        return y - 12 + Self.space
    }

    private func draw(_ drawing: inout Drawing, _ figure: Figure, top: Double, bottom: Double) {
        let range = figure.curve.range ?? 0...1
        let scale = ValueScale(linear: 0...max(range.upperBound, 0.001), fromZero: true, top: top, bottom: bottom)
        drawTicks(&drawing, scale, [0, range.upperBound]) { mbit($0) }
        let colour = Palette.figures[figure.place % Palette.figures.count]
        let pieces = figure.curve.steps(time, scale)
        for steps in pieces {
            guard let first = steps.first, let last = steps.last else { continue }
            drawing.area(
                [.init(x: first.x, y: bottom)] + steps + [.init(x: last.x, y: bottom)], fill: colour, opacity: 0.28)
        }
        drawing.lines(pieces, stroke: colour, width: 1.6)
        drawing.write(figure.className, at: .init(x: Self.margin, y: top + 16), size: 13, fill: colour, isBold: true)
        let kind = figure.isExpress ? "express ceiling" : figure.isCeiling ? "ceiling" : "guarantee"
        drawing.write(kind, at: .init(x: Self.margin, y: top + 32), fill: Palette.quiet)
        let extreme = figure.calm == range.lowerBound ? range.upperBound : range.lowerBound
        drawing.write(
            extreme == figure.calm
                ? "always \(mbit(extreme))"
                : "calm \(mbit(figure.calm)), \(extreme < figure.calm ? "least" : "most") \(mbit(extreme))",
            at: .init(x: Self.margin, y: top + 47), size: 11, fill: Palette.quiet)
    }

    private func mbit(_ value: Double) -> String {
        let text = fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0)
        guard text.contains(".") else { return grouped(value, 0) }
        var short = text
        while short.hasSuffix("0") { short.removeLast() }
        return short.hasSuffix(".") ? String(short.dropLast()) : short
    }

    private func figures(of replay: Replay, _ shown: ShownQuotas) -> [Figure] {
        // A policy may have thousands of slices, and a replay thousands of moves.
        let calm = ClassRates(replay.policy).rows
        let rows = calm.indices.filter { calm[$0].slice == shown.slice }
        let moves = replay.moves.map { move in
            let rates = ClassRates(replay.policy.applying(move.overrides)).rows
            return (time: move.time, rows: rows.map { rates[$0] })
        }
        return shown.names.compactMap { name in
            rows.firstIndex { calm[$0].className == name.className }.flatMap { place in
                figure(
                    calm[rows[place]], place: place, isCeiling: name.isCeiling,
                    moves.map { (time: $0.time, row: $0.rows[place]) })
            }
        }
    }

    /// nil: an express class has no guarantee.
    private func figure(
        _ calm: ClassRates.Row, place: Int, isCeiling: Bool, _ moves: [(time: Int64, row: ClassRates.Row)]
    ) -> Figure? {
        func mbit(_ row: ClassRates.Row) -> Double? {
            (isCeiling ? row.ceiling as UInt64? : row.guarantee).map { Double($0) / 1e6 }
        }
        guard let before = mbit(calm) else { return nil }
        // In each piece of time from its beginning to its end.
        let samples = time.pieces.flatMap { piece in
            let inside = moves.filter { (piece.start...piece.end).contains($0.time) }
            return [(time: piece.start, row: calm)] + inside + [(time: piece.end, row: inside.last?.row ?? calm)]
        }
        return Figure(
            className: calm.className, place: place, isCeiling: isCeiling, isExpress: calm.guarantee == nil,
            curve: Curve(samples.map { (time: $0.time, value: mbit($0.row)) }, on: time, gap: .max), calm: before)
    }
}
