import Policy

/// One feed: what its prices say about the market, and whether they can be believed. Takes a message in constant time and
/// allocates nothing.
package struct FeedWatch: Sendable {
    package let name: String
    /// A price is expected this often, ns; of bars, their step where it is longer.
    private var period: Int64
    /// Of the rolling bar, ns.
    private let rollingBar: Int64
    private var clock: FeedClock
    private var gate: PriceGate
    private var prices: FeedVolatility
    private var messages: MessageCounter
    private var baseline: Baseline
    /// By our own clock, ns: since when there was no price.
    private var heard: Int64?
    private var refused: Refused?
    private var hasPrice = false
    /// What has passed for the feed in all, ns; it may wrap.
    private(set) var elapsed: UInt64 = 0
    /// A variance a second, and messages a minute, from where on a message need not wait for the next look.
    private var urgentVariance = 0.0
    private var urgentMessages = Int.max

    /// Annualised, in percent, as an exchange says.
    package private(set) var impliedVolatility: Double?

    /// The last price that was not believed, and the one in force then; by our own clock, ns.
    package struct Refused: Sendable {
        fileprivate(set) var time: Int64
        let price: Double
        let after: Double?
    }

    /// `state`: of another that stopped.
    package init(_ feed: Volatility.Feed, _ estimator: Volatility.Estimator, from state: FeedState? = nil) {
        let state = state.flatMap { $0.isPossible ? $0 : nil }
        name = feed.name
        period = max(feed.period.nanoseconds, 1)
        rollingBar = estimator.bar.nanoseconds
        heard = state?.time
        clock = FeedClock(latest: state?.time)
        gate = PriceGate(last: state?.price)
        prices = FeedVolatility(estimator, from: state)
        messages = MessageCounter(
            state?.medianRate.map { MessageRate(median: $0, minutes: state?.minutes ?? 0) } ?? MessageRate())
        baseline = Baseline(
            halfLife: estimator.baseline.nanoseconds, variance: state?.baseline, seen: state?.baselineSeconds ?? 0)
    }

    // MARK: Messages

    /// Whether that should not wait for the next look.
    @discardableResult
    package mutating func take(_ tick: Tick, receivedAt: Int64) -> Bool {
        guard tick.kind != .impliedVolatility else {
            if tick.price >= 0, tick.price.isFinite { impliedVolatility = tick.price }
            return false
        }
        let verdict = gate.judge(tick.price, at: receivedAt, patience: patience)
        guard verdict != .refused else {
            refused = Refused(time: receivedAt, price: tick.price, after: gate.last)
            return false
        }
        heard = receivedAt
        hasPrice = true
        if verdict == .restarted { prices.restart(tick.price) }
        let passed = clock.advance(to: tick.time, receivedAt: receivedAt)
        elapsed &+= UInt64(passed)
        messages.add(1, after: passed)
        let isWider = prices.add(tick.price, after: passed)
        if isWider, let variance = prices.variance, variance >= urgentVariance { return true }
        return messages.count == urgentMessages
    }

    /// What it says is known at its end. Out of order, or the last one again, is passed over. Whether it was taken: a look
    /// is due after each.
    @discardableResult
    package mutating func take(_ bar: Bar) -> Bool {
        let end = bar.time.plus(bar.step)
        guard bar.isPossible, bar.step > 0 else {
            refused = Refused(time: end, price: bar.open, after: gate.last)
            return false
        }
        if let latest = clock.latest, end <= latest, latest.since(end) <= max(bar.step.times(3), FeedClock.behind) {
            return false
        }
        period = max(period, bar.step)
        let verdict = gate.judge(bar.open, at: end, patience: patience)
        guard verdict != .refused else {
            refused = Refused(time: end, price: bar.open, after: gate.last)
            return false
        }
        gate.follow(bar.close)
        heard = end
        hasPrice = true
        if verdict == .restarted { prices.restart(bar.open) }
        let passed = clock.advance(to: end, receivedAt: end)
        elapsed &+= UInt64(passed > 0 ? passed : bar.step)
        let trades = bar.trades.map { min(max($0, 0), 1_000_000_000) }
        if bar.step < rollingBar {
            if let trades { messages.add(trades, after: passed) } else { messages.forget() }
            _ = prices.addShort(bar, after: passed)
        } else {
            if let trades { messages.add(perMinute: Double(trades) * 60 / bar.step.seconds) } else { messages.forget() }
            prices.addLong(bar, after: passed)
        }
        return true
    }

    // MARK: Looks

    /// How long a feed may be silent, and how long a price that was not believed is remembered.
    private var patience: Int64 { period.times(3) }

    package enum Health: Sendable {
        case good, stale
        case impossible(Refused)

        package var isGood: Bool { if case .good = self { true } else { false } }
        var isStale: Bool { if case .stale = self { true } else { false } }
    }

    /// Whether it can be believed. Before the first price it is given the time that it may be silent.
    package mutating func health(at now: Int64) -> Health {
        // A clock that was set back must not make an old price young.
        if let since = heard, since > now { heard = now }
        if let since = refused?.time, since > now { refused?.time = now }
        if heard == nil { heard = now }
        if let refused, now.since(refused.time) < patience { return .impossible(refused) }
        if let heard, now.since(heard) >= patience { return .stale }
        return .good
    }

    /// nil: no price has come since it began.
    package var price: Double? { hasPrice ? prices.price : nil }

    /// Prices that were not believed, ever.
    package var refusals: Int { gate.refusals }

    /// What the regime is made of.
    package var sight: Sight? {
        guard hasPrice, let variance = prices.variance else { return nil }
        return Sight(
            volatility: Year.percent(variance), isKnown: prices.isKnown, isSettled: prices.average.weight >= 0.75,
            baseline: baseline.isYoung ? nil : baseline.variance.map(Year.percent), messageRate: messages.rate.current,
            rateMultiple: messages.rate.multiple)
    }

    /// The look is over: what was seen since the last one is usual where the market is calm. A young baseline learns from
    /// a market that is not calm too, but no more than `most`, a variance a second: who comes into a storm must not take
    /// it for usual, and one that is never calm has to become usual some time. `attention` says what need not wait for
    /// the next look.
    mutating func endLook(isCalm: Bool, most: Double, attention: Attention) {
        if let fresh = prices.takeFresh(), isCalm || baseline.isYoung {
            baseline.add(baseline.isYoung ? min(fresh.variance, most) : fresh.variance, seconds: fresh.seconds)
        }
        urgentVariance = Year.variance(attention.volatility)
        let messages = messages.rate.messages(atMultiple: attention.rateMultiple) ?? .infinity
        urgentMessages = messages < 1e15 ? Int(messages.rounded(.up)) : .max
    }

    package var state: FeedState? {
        guard let time = clock.latest, let price = prices.price else { return nil }
        let average = prices.average
        return FeedState(
            time: time, price: price, variance: average.variance, weight: average.weight, baseline: baseline.variance,
            baselineSeconds: baseline.seen, medianRate: messages.rate.usual, minutes: messages.rate.minutes)
    }
}
