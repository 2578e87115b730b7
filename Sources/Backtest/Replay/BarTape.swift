import Market

/// Bars of several files as the feeds they stand for.
///
/// Files that follow each other in time are one feed, whatever their steps. One that begins before another ends is a feed
/// beside it, as two markets are, or the same market in another step: while both have bars, the worse of them decides.
package struct BarTape: Sendable {
    package var feeds: [Feed]

    package struct Feed: Sendable {
        /// Of its first file.
        package var name: String
        /// In order of time.
        package var bars: [Bar]
        /// The shortest of its files', ns.
        package var step: Int64
    }

    package init(_ files: [BarFile]) {
        feeds = []
        for file in files.sorted(by: { ($0.start, $0.step, $0.name) < ($1.start, $1.step, $1.name) }) {
            if let index = feeds.firstIndex(where: { ($0.bars.last?.end ?? 0) <= file.start }) {
                feeds[index].bars += file.bars
                feeds[index].step = min(feeds[index].step, file.step)
            } else {
                feeds.append(Feed(name: Self.stem(file.name), bars: file.bars, step: file.step))
            }
        }
        for index in feeds.indices where feeds[..<index].contains(where: { $0.name == feeds[index].name }) {
            feeds[index].name += "-\(index + 1)"
        }
    }

    /// `/data/btcusdt.csv.gz` is `btcusdt`.
    private static func stem(_ path: String) -> String {
        var name = path.split(separator: "/").last.map(String.init) ?? path
        for ending in [".gz", ".csv"] where name.hasSuffix(ending) && name.count > ending.count {
            name.removeLast(ending.count)
        }
        return name
    }

    package var count: Int { feeds.reduce(0) { $0 + $1.bars.count } }
}
