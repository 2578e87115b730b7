import Market

/// Bars of several files as the feeds they stand for, in stretches of time with long gaps between them.
///
/// Files that follow each other in time are one feed, whatever their steps. One that begins before another ends is a feed
/// beside it, as two markets are, or the same market in another step: while both have bars, the worse of them decides.
/// What comes after a long gap is not the same watch of the market any more: where no file has bars a stretch ends, and
/// where others have, a feed ends and another one begins.
package struct BarTape: Sendable {
    /// In order of time.
    package private(set) var stretches: [Stretch] = []

    package struct Stretch: Sendable {
        package fileprivate(set) var feeds: [Feed] = []

        /// When the first bar begins and the last one ends, since 1970, ns.
        package var start: Int64 { feeds.map(\.start).min() ?? 0 }
        package var end: Int64 { feeds.map(\.end).max() ?? 0 }
        package var count: Int { feeds.reduce(0) { $0 + $1.bars.count } }
    }

    package struct Feed: Sendable {
        /// Of its first file.
        package fileprivate(set) var name: String
        /// In order of time.
        package fileprivate(set) var bars: [Bar]
        /// The shortest of its files', ns.
        package fileprivate(set) var step: Int64

        package var start: Int64 { bars.first?.time ?? 0 }
        package var end: Int64 { bars.last?.end ?? 0 }
    }

    package init(_ files: [BarFile]) {
        let parts = files.flatMap(Self.parts).sorted { ($0.start, $0.step, $0.name) < ($1.start, $1.step, $1.name) }
        for part in parts {
            if stretches.last.map({ Self.isLong($0.end, to: part.start, step: part.step) }) ?? true {
                stretches.append(Stretch())
            }
            stretches[stretches.count - 1].add(part)
        }
    }

    package var count: Int { stretches.reduce(0) { $0 + $1.count } }

    /// Longer than an exchange is away and comes back as the market it was (of the recorded ones 130 minutes at most),
    /// and a quarter of the baseline's day.
    private static let longGap: Int64 = 6 * 3600 * 1_000_000_000

    /// Whether there is a long gap from one bar's end to the next one's start. Of bars of hours and days, up to three may
    /// be missing.
    fileprivate static func isLong(_ end: Int64, to start: Int64, step: Int64) -> Bool {
        start - end > max(longGap, step * 3)
    }

    /// Without long gaps.
    private static func parts(of file: BarFile) -> [BarFile] {
        let starts = file.bars.indices.dropFirst().filter {
            isLong(file.bars[$0 - 1].end, to: file.bars[$0].time, step: file.step)
        }
        guard !starts.isEmpty else { return [file] }
        return zip([0] + starts, starts + [file.bars.count]).map { start, end in
            BarFile(name: file.name, bars: Array(file.bars[start..<end]), step: file.step)
        }
    }
}

extension BarTape.Stretch {
    fileprivate mutating func add(_ part: BarFile) {
        let index = feeds.firstIndex {
            $0.end <= part.start && !BarTape.isLong($0.end, to: part.start, step: part.step)
        }
        if let index {
            feeds[index].bars += part.bars
            feeds[index].step = min(feeds[index].step, part.step)
            return
        }
        var name = Self.stem(part.name)
        if feeds.contains(where: { $0.name == name }) { name += "-\(feeds.count + 1)" }
        feeds.append(BarTape.Feed(name: name, bars: part.bars, step: part.step))
    }

    /// `/data/btcusdt.csv.gz` is `btcusdt`.
    private static func stem(_ path: String) -> String {
        var name = path.split(separator: "/").last.map(String.init) ?? path
        for ending in [".gz", ".csv"] where name.hasSuffix(ending) && name.count > ending.count {
            name.removeLast(ending.count)
        }
        return name
    }
}
