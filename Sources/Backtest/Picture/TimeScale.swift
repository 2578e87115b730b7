/// From times to places, left to right: stretches of time side by side, the gaps between them left out.
struct TimeScale {
    struct Piece {
        let start: Int64
        let end: Int64
        let left: Double
        let right: Double

        fileprivate func x(_ time: Int64) -> Double {
            let part = Double(min(max(time, start), end) - start) / Double(max(end - start, 1))
            return left + (right - left) * part
        }
    }

    /// In order of time; at least one.
    let pieces: [Piece]

    var left: Double { pieces[0].left }
    var right: Double { pieces[pieces.count - 1].right }

    /// - Parameter spans: In order of time, none over another; where there is none, it is the first nanosecond of 1970.
    init(_ spans: [ClosedRange<Int64>], left: Double, right: Double) {
        let spans = spans.isEmpty ? [0...1] : spans
        let count = Double(spans.count)
        let space = min(16, (right - left) / count / 4)
        let room = right - left - space * (count - 1)
        // An hour beside a year can be seen too.
        let least = spans.count > 1 ? min(60, room / count / 2) : 0
        let total = spans.reduce(0) { $0 + Double($1.upperBound - $1.lowerBound) }
        var pieces: [Piece] = []
        var x = left
        for span in spans {
            let part = Double(span.upperBound - span.lowerBound) / max(total, 1)
            let width = least + (room - least * count) * part
            pieces.append(Piece(start: span.lowerBound, end: span.upperBound, left: x, right: x + width))
            x += width + space
        }
        self.pieces = pieces
    }

    /// What is in no piece is where the one before it ends.
    func x(_ time: Int64) -> Double { pieces[place(time)].x(time) }

    /// The piece that a time is in.
    func place(_ time: Int64) -> Int {
        var (low, high) = (0, pieces.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if pieces[middle].start <= time { low = middle } else { high = middle }
        }
        return low
    }

    /// Columns in the whole width: each is half a pixel or more wide.
    static let columns = 500

    /// The column that a time is in.
    func column(_ time: Int64) -> Int {
        Int((x(time) - left) / max(right - left, .leastNormalMagnitude) * Double(Self.columns))
    }

    // MARK: Ticks

    struct Tick {
        var time: Int64
        var label: String
        /// Below it; nil: the same day as the tick before.
        var date: String?
    }

    private static let steps: [Int64] = [
        1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 2 * 86400, 7 * 86400, 14 * 86400,
        28 * 86400, 91 * 86400, 364 * 86400,
    ]

    /// Some ten in the whole width, at round times.
    var ticks: [Tick] {
        // What is more than one year, or not in one piece, says which year.
        let years = UTC(pieces[0].start).year != UTC(pieces[pieces.count - 1].end).year || pieces.count > 1
        let ticks = pieces.flatMap {
            Self.ticks($0, most: max(Int(9 * ($0.right - $0.left) / (right - left)), 1), years)
        }
        // Of many pieces not each can have one.
        let least = (right - left) / 12
        var kept: [Tick] = []
        for tick in ticks {
            guard let last = kept.last, place(last.time) != place(tick.time), x(tick.time) - x(last.time) < least else {
                kept.append(tick)
                continue
            }
        }
        return kept
    }

    private static func ticks(_ piece: Piece, most: Int, _ years: Bool) -> [Tick] {
        let most = Int64(most)
        let seconds = (piece.end - piece.start) / 1_000_000_000
        let step = steps.first { seconds / $0 <= most } ?? max(seconds / most, 1)
        var ticks: [Tick] = []
        var time = (piece.start / 1_000_000_000 + step - 1) / step * step
        var date: String?
        while time * 1_000_000_000 <= piece.end {
            ticks.append(tick(time * 1_000_000_000, step: step, after: &date, years))
            time += step
        }
        // A short piece may have no round time in it.
        return ticks.isEmpty ? [tick(piece.start, step: 60, after: &date, years)] : ticks
    }

    private static func tick(_ time: Int64, step: Int64, after date: inout String?, _ years: Bool) -> Tick {
        let utc = UTC(time)
        let day = years ? "\(utc.date) \(utc.year)" : utc.date
        defer { date = day }
        let label = step >= 86400 ? day : step < 60 ? utc.clockWithSeconds : utc.clock
        return Tick(time: time, label: label, date: day != date && step < 86400 ? day : nil)
    }
}
