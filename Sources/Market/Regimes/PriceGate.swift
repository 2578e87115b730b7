/// Which prices are believed. A price that is none, or more than 30 % from the last, is not; but a level that several
/// prices in a row agree on, for as long as a feed may be silent, is the market's: it has really moved.
struct PriceGate: Sendable {
    static let largestMove = 0.3
    /// Prices that agree are so near to each other.
    private static let agreement = 0.05
    private static let enough = 5

    enum Verdict: Sendable {
        case believed
        /// After a move that is larger than one tick's, and confirmed.
        case moved
        /// The level before was never confirmed: it is forgotten.
        case restarted
        case refused
    }

    private(set) var last: Double?
    private(set) var refusals = 0
    /// Believed prices on this level, as far as it matters.
    private var standing = 0
    private var candidate: (price: Double, count: Int, since: Int64)?

    init(last: Double? = nil) {
        self.last = last
        if last != nil { standing = Self.enough }
    }

    /// `patience`: how long prices must agree, ns.
    mutating func judge(_ price: Double, at time: Int64, patience: Int64) -> Verdict {
        guard price > 0, price.isFinite else {
            refusals &+= 1
            return .refused
        }
        guard let last, abs(price / last - 1) > Self.largestMove else {
            believe(price)
            return .believed
        }
        if let candidate, abs(price / candidate.price - 1) <= Self.agreement {
            self.candidate = (price, candidate.count + 1, min(candidate.since, time))
            if candidate.count + 1 >= Self.enough, time.since(candidate.since) >= patience {
                let verdict: Verdict = standing >= Self.enough ? .moved : .restarted
                standing = 0
                believe(price)
                return verdict
            }
        } else {
            candidate = (price, 1, time)
        }
        refusals &+= 1
        return .refused
    }

    /// The last price of a bar whose first was believed.
    mutating func follow(_ price: Double) { last = price }

    private mutating func believe(_ price: Double) {
        last = price
        candidate = nil
        standing = min(standing + 1, Self.enough)
    }
}
