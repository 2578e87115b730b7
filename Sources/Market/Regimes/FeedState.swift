import Policy

/// What a controller must know of a feed to go on where another stopped.
package struct FeedState: Sendable, Equatable, Codable {
    /// Of the last price, ns since 1970, by the feed's clock.
    package var time: Int64
    package var price: Double
    /// The average variance a second so far, and how much of an average it is, to 1.
    package var variance: Double
    package var weight: Double
    /// A second; nil: none is known.
    package var baseline: Double?
    /// Behind the baseline, s.
    package var baselineSeconds: Double
    /// Messages a minute; nil: the feed does not tell.
    package var medianRate: Double?
    /// Behind the median.
    package var minutes: Int

    /// A file can be anything.
    var isPossible: Bool {
        price > 0 && price.isFinite && variance >= 0 && variance.isFinite && weight > 0 && weight <= 1
            && (baseline ?? 0) >= 0 && (baseline ?? 0).isFinite && baselineSeconds >= 0 && baselineSeconds.isFinite
            && (medianRate ?? 0) >= 0 && (medianRate ?? 0).isFinite
    }
}
