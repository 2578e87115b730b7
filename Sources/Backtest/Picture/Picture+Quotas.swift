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

    /// Every figure that moves in one slice, a row each; of slices the one in which most of them do.
    func drawQuotas(_ drawing: inout Drawing, of index: Int, top: Double) -> Double {
        let (name, replay) = replays[index]
        let (slice, figures, others) = moving(replay)
        let whose = replays.count > 1 ? " by \(name)" : ""
        let rest = others > 0 ? " (they move in \(others) more \(others == 1 ? "place" : "places"))" : ""
        var y = top
        drawing.open(group: "quotas-\(index + 1)")
        guard let slice else {
            let bottom = y + 30
            drawPanel(&drawing, replay, title: "Quotas\(whose): none was moved", top: y, bottom: bottom)
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
            "calm \(mbit(figure.calm)), \(extreme < figure.calm ? "least" : "most") \(mbit(extreme))",
            at: .init(x: Self.margin, y: top + 47), size: 11, fill: Palette.quiet)
    }

    private func mbit(_ value: Double) -> String {
        let text = fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0)
        guard text.contains(".") else { return grouped(value, 0) }
        var short = text
        while short.hasSuffix("0") { short.removeLast() }
        return short.hasSuffix(".") ? String(short.dropLast()) : short
    }

    /// nil: nothing moves anywhere. `others`: in how many slices more something does.
    private func moving(_ replay: Replay) -> (slice: String?, figures: [Figure], others: Int) {
        let calm = ClassRates(replay.policy).rows
        // What moves at all moves when a regime begins.
        let known = replay.changes.map { ClassRates(replay.policy.applying($0.overrides)).rows }
        var slices: [(name: String, count: Int)] = []
        for (row, base) in calm.enumerated() {
            let count = [ClassRates.Row.guaranteed, ClassRates.Row.limited].count { value in
                known.contains { value($0[row]) != value(base) }
            }
            guard count > 0 else { continue }
            if slices.last?.name == base.slice {
                slices[slices.count - 1].count += count
            } else {
                slices.append((name: base.slice, count: count))
            }
        }
        guard let most = slices.map(\.count).max(), let slice = slices.first(where: { $0.count == most })?.name else {
            return (nil, [], 0)
        }
        // A policy may have thousands of slices, and a replay thousands of moves.
        let rows = calm.indices.filter { calm[$0].slice == slice }
        let moves = replay.moves.map { move in
            let rates = ClassRates(replay.policy.applying(move.overrides)).rows
            return (time: move.time, rows: rows.map { rates[$0] })
        }
        let figures = rows.enumerated().flatMap { place, row in
            [false, true].compactMap { isCeiling in
                figure(
                    calm[row], place: place, isCeiling: isCeiling, moves.map { (time: $0.time, row: $0.rows[place]) })
            }
        }
        return (slice, figures, slices.count - 1)
    }

    /// nil: it does not move.
    private func figure(
        _ calm: ClassRates.Row, place: Int, isCeiling: Bool, _ moves: [(time: Int64, row: ClassRates.Row)]
    ) -> Figure? {
        let value = isCeiling ? ClassRates.Row.limited : ClassRates.Row.guaranteed
        guard let before = value(calm), moves.contains(where: { value($0.row) != before }) else { return nil }
        // In each piece of time from its beginning to its end.
        let samples = time.pieces.flatMap { piece in
            let inside = moves.filter { (piece.start...piece.end).contains($0.time) }
            return [(time: piece.start, row: calm)] + inside + [(time: piece.end, row: inside.last?.row ?? calm)]
        }
        return Figure(
            className: calm.className, place: place, isCeiling: isCeiling, isExpress: calm.guarantee == nil,
            curve: Curve(
                samples.map { (time: $0.time, value: value($0.row).map { Double($0) / 1e6 }) }, on: time, gap: .max),
            calm: Double(before) / 1e6)
    }
}

extension ClassRates.Row {
    fileprivate static func guaranteed(_ row: Self) -> UInt64? { row.guarantee }
    fileprivate static func limited(_ row: Self) -> UInt64? { row.ceiling }
}
