/// Which figures the picture shows: those of one slice that move; of two policies first those that differ.
struct ShownQuotas {
    /// nil: nothing moves.
    let slice: String?
    /// Those that differ before those that move alike.
    let names: [FigureRanges.Name]
    /// Places more in which figures move, or differ.
    let others: Int
    /// They are shown because they differ.
    let isDifference: Bool

    init(_ replays: [Replay]) {
        let ranges = replays.map(FigureRanges.init)
        let all = ranges[0].names + ranges.dropFirst().flatMap(\.names).filter { ranges[0].ranges[$0] == nil }
        let moving = all.filter { name in ranges.contains { $0.isMoved(name) } }
        let differing = ranges.count == 2 ? FigureRanges.differing(ranges[0], ranges[1]) : []
        isDifference = !differing.isEmpty
        let counted = isDifference ? differing : moving
        let counts = Dictionary(grouping: counted, by: \.slice).mapValues(\.count)
        let most = counts.values.max()
        let slice = counted.first { counts[$0.slice] == most }?.slice
        self.slice = slice
        let different = Set(differing)
        names = (differing + moving.filter { !different.contains($0) }).filter { $0.slice == slice }
        others = max(counts.count - 1, 0)
    }
}
