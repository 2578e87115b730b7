/// Messages a minute against their running median, that of the last day's minutes.
package struct MessageRate: Sendable {
    /// As many minutes must be known before a multiple says anything.
    private static let fewest = 30
    /// A median below this counts as this: a handful of messages more is chance.
    private static let quietest = 10.0

    private var median = RunningMedian(24 * 60)
    /// nil: the feed does not tell.
    package private(set) var current: Double?

    package init() {}

    /// The median of `minutes` minutes that another has seen.
    package init(median: Double, minutes: Int) {
        for _ in 0..<min(max(minutes, 0), 24 * 60) { self.median.add(median) }
    }

    /// The last minute's so far.
    package mutating func see(_ messages: Double) { current = messages }

    /// A whole minute's.
    package mutating func add(_ messages: Double) {
        current = messages
        median.add(messages)
    }

    package mutating func forget() { current = nil }

    package var minutes: Int { median.count }
    package var usual: Double? { median.value }

    /// What is over the median; nil: too little is known.
    package var multiple: Double? { current.flatMap { current in base.map { current / $0 } } }

    /// The messages a minute that are `multiple` times the median.
    package func messages(atMultiple multiple: Double) -> Double? { base.map { $0 * multiple } }

    private var base: Double? {
        guard median.count >= Self.fewest, let usual else { return nil }
        return max(usual, Self.quietest)
    }
}
