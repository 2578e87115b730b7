/// How long to wait before the next attempt: longer and longer, and never as long as the others who lost the same
/// exchange at the same moment.
struct Backoff: Sendable {
    /// The shortest wait, and where it starts.
    var first = Duration.milliseconds(250)
    var longest = Duration.seconds(30)
    /// A connection that lived so long was a good one.
    var healthy = Duration.seconds(60)
    private var failures = 0

    /// A wait between `first` and twice, four times, … `first`, at most `longest`.
    ///
    /// - Parameters:
    ///   - lived: How long the connection was up; zero if it was not.
    ///   - random: From 0 to 1.
    mutating func delay(after lived: Duration, random: Double) -> Duration {
        if lived >= healthy { failures = 0 }
        failures += 1
        // 2^20 of anything is longer than the longest.
        let ceiling = min(first * (1 << min(failures, 20)), longest)
        return min(first + max(ceiling - first, .zero) * random, longest)
    }
}

extension Backoff {
    init(first: Duration, longest: Duration, healthy: Duration) {
        self.first = first
        self.longest = longest
        self.healthy = healthy
    }
}
