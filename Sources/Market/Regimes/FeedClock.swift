/// How time passes for a feed, by the times it states: never backwards.
struct FeedClock: Sendable {
    /// A feed may be so far ahead of our own clock; what it says beyond that is not believed.
    static let ahead: Int64 = 5 * .second
    /// Farther back than this is another clock, not messages out of order: time goes on from there.
    static let behind: Int64 = 60 * .second

    private(set) var latest: Int64?
    /// What may pass by what is stated, ns: of a feed that has stepped back, no more than passes by our own clock. Two
    /// clocks in turn would otherwise make a quiet hour out of a minute. nil: it has never stepped back.
    private var allowance: Int64?
    private var received: Int64?

    init(latest: Int64? = nil) { self.latest = latest }

    /// What has passed since the latest time, ns; 0: nothing, or it has stepped back.
    mutating func advance(to stated: Int64, receivedAt: Int64) -> Int64 {
        let time = min(stated, receivedAt.plus(Self.ahead))
        let waited = received.map { max(receivedAt.since($0), 0) } ?? 0
        received = receivedAt
        allowance = allowance?.plus(waited)
        guard let latest else {
            self.latest = time
            return 0
        }
        let stepped = time.since(latest)
        guard stepped > 0 else {
            if stepped < -Self.behind {
                self.latest = time
                allowance = allowance ?? Self.ahead
            }
            return 0
        }
        self.latest = time
        let passed = min(stepped, allowance ?? stepped)
        allowance = allowance.map { $0 - passed }
        return passed
    }
}
