import Policy

/// What every figure of every class was at least and at most in a replay.
struct FigureRanges {
    struct Name: Hashable {
        /// `(common)`: the slices without quotas together.
        var slice: String
        var className: String
        var isCeiling: Bool
    }

    /// In the order of the policy.
    private(set) var names: [Name] = []
    private(set) var ranges: [Name: ClosedRange<UInt64>] = [:]

    init(_ replay: Replay) {
        for figure in ClassRates(replay.policy).rows.flatMap(Self.figures) {
            names.append(figure.name)
            ranges[figure.name] = figure.value...figure.value
        }
        for overrides in Self.turns(of: replay) {
            for figure in ClassRates(replay.policy.applying(overrides)).rows.flatMap(Self.figures) {
                guard let range = ranges[figure.name] else { continue }
                ranges[figure.name] = min(range.lowerBound, figure.value)...max(range.upperBound, figure.value)
            }
        }
    }

    /// Whether it was not always the same.
    func isMoved(_ name: Name) -> Bool { ranges[name].map { $0.lowerBound < $0.upperBound } ?? false }

    /// Those of which two replays do not say the same, in the order of the first.
    static func differing(_ one: FigureRanges, _ other: FigureRanges) -> [Name] {
        (one.names + other.names.filter { one.ranges[$0] == nil }).filter { one.ranges[$0] != other.ranges[$0] }
    }

    private static func figures(_ row: ClassRates.Row) -> [(name: Name, value: UInt64)] {
        [(false, row.guarantee), (true, row.ceiling)].compactMap { isCeiling, value in
            value.map { (Name(slice: row.slice, className: row.className, isCeiling: isCeiling), $0) }
        }
    }

    /// A release goes straight on between two of its ends, and a policy may have thousands of classes: of the moves those
    /// at which the market, a schedule or a release begins or ends, and the last one before each.
    private static func turns(of replay: Replay) -> [[Override]] {
        let times = Set(
            replay.changes.flatMap { [$0.look.time, $0.settled].compactMap(\.self) } + replay.schedules.map(\.time))
        let moves = replay.moves
        return moves.indices.filter { index in
            times.contains(moves[index].time) || index + 1 == moves.count || times.contains(moves[index + 1].time)
        }.map { moves[$0].overrides }
    }
}
