/// How time passes for a feed, by the times it states: never backwards.
struct FeedClock: Sendable {
    /// A feed may be so far ahead of our own clock; what it says beyond that is not believed.
    static let ahead: Int64 = 5 * .second
    /// Farther back than this is another clock, not messages out of order: time goes on from there.
    static let behind: Int64 = 60 * .second

    private(set) var latest: Int64?

    init(latest: Int64? = nil) { self.latest = latest }

    /// What has passed since the latest time, ns; 0: nothing, or it has stepped back.
    mutating func advance(to stated: Int64, receivedAt: Int64) -> Int64 {
        let time = min(stated, receivedAt.plus(Self.ahead))
        guard let latest else {
            self.latest = time
            return 0
        }
        let passed = time.since(latest)
        if passed > 0 || passed < -Self.behind { self.latest = time }
        return max(passed, 0)
    }
}
