/// Values over time, thinned out so that the picture is small and shows every extreme.
///
/// Of what falls into one column, half a pixel or more wide, four points stay: first, least, greatest and last (M4, Jugel
/// et al., VLDB 2014), and the drawn line is the same.
struct Curve {
    struct Sample {
        var time: Int64
        var value: Double
    }

    /// Without the gaps between them.
    private(set) var pieces: [[Sample]] = []
    /// Of all that there was.
    private(set) var range: ClosedRange<Double>?
    private(set) var least: Sample?
    private(set) var greatest: Sample?

    /// - Parameter gap: Samples that are further apart than this, in ns, are not joined, nor are those of two pieces of time.
    init(_ samples: some Sequence<(time: Int64, value: Double?)>, on scale: TimeScale, gap: Int64) {
        var column = Column()
        var last: Int64?
        for (time, value) in samples {
            guard let value, value.isFinite else {
                last = nil
                continue
            }
            let sample = Sample(time: time, value: value)
            if least.map({ value < $0.value }) ?? true { least = sample }
            if greatest.map({ value > $0.value }) ?? true { greatest = sample }
            if last.map({ time - $0 > gap || scale.place(time) != scale.place($0) }) ?? true {
                column.flush(into: &pieces)
                pieces.append([])
            }
            let number = scale.column(time)
            if number != column.number { column.flush(into: &pieces) }
            column.add(sample, number)
            last = time
        }
        column.flush(into: &pieces)
        if let least, let greatest { range = least.value...greatest.value }
    }

    func points(_ time: TimeScale, _ value: ValueScale) -> [[Drawing.Point]] {
        pieces.map { $0.map { Drawing.Point(x: time.x($0.time), y: value.y($0.value)) } }
    }

    /// As steps: each value holds until the next.
    func steps(_ time: TimeScale, _ value: ValueScale) -> [[Drawing.Point]] {
        points(time, value).map { piece in
            var points: [Drawing.Point] = []
            for point in piece {
                if let last = points.last, last.y != point.y { points.append(Drawing.Point(x: point.x, y: last.y)) }
                points.append(point)
            }
            return points
        }
    }

    private struct Column {
        var number = -1
        private var kept: [(order: Int, sample: Sample)] = []
        private var count = 0

        mutating func add(_ sample: Sample, _ number: Int) {
            self.number = number
            let entry = (order: count, sample: sample)
            count += 1
            guard !kept.isEmpty else { return kept = [entry, entry, entry, entry] }
            if sample.value < kept[1].sample.value { kept[1] = entry }
            if sample.value > kept[2].sample.value { kept[2] = entry }
            kept[3] = entry
        }

        mutating func flush(into pieces: inout [[Sample]]) {
            guard !kept.isEmpty, !pieces.isEmpty else { return }
            var order = -1
            for entry in kept.sorted(by: { $0.order < $1.order }) where entry.order != order {
                pieces[pieces.count - 1].append(entry.sample)
                order = entry.order
            }
            kept = []
            count = 0
            number = -1
        }
    }
}
