import Policy

/// All markets of a policy: prices in, decisions out. What time it is, it is told; nothing is read.
///
/// A message is taken in constant time and allocates nothing. A look does allocate: it is due with the first message of
/// each second (and from a timer, where none come), and at once when a message alone makes a market worse.
package struct MarketWatch: Sendable {
    private struct Market: Sendable {
        let name: String
        /// Of `feeds`.
        let feeds: [Int]
        var machine: RegimeMachine
        /// By feed of `feeds`: its elapsed time at the last look that was counted.
        var marks: [UInt64]
        /// No look has been counted yet.
        var isFirst = true
    }

    /// Looks in a row are this far apart, by a feed's time, ns.
    private static let pace = UInt64(Int64.second)

    package private(set) var feeds: [FeedWatch]
    private var markets: [Market]
    private var regime: Regime
    private var lastLook: Int64?
    /// Variance a second that any baseline would call elevated.
    private let elevated: Double
    /// Something has come that need not wait for the next second.
    private var isUrgent = false

    /// `snapshot`: what another has left behind; of markets and feeds that are not in it nothing is known.
    package init(_ volatility: Volatility, from snapshot: MarketSnapshot? = nil) {
        feeds = volatility.feeds.map { FeedWatch($0, volatility.estimator, from: snapshot?.feeds[$0.name]) }
        markets = volatility.markets.map { market in
            let feeds = market.feeds.compactMap { name in volatility.feeds.firstIndex { $0.name == name } }
            var machine = RegimeMachine(volatility)
            if let state = snapshot?.markets[market.name] { machine.resume(state) }
            return Market(
                name: market.name, feeds: feeds, machine: machine, marks: [UInt64](repeating: 0, count: feeds.count))
        }
        regime = markets.map(\.machine.regime).max() ?? .calm
        elevated = volatility.triggers[.elevated].map { Year.variance($0.volatility) } ?? .infinity
    }

    /// `feed`: index into the policy's feeds. `receivedAt`: by our own clock, ns since 1970.
    package mutating func take(_ tick: Tick, feed: Int, receivedAt: Int64) {
        guard feeds.indices.contains(feed) else { return }
        if feeds[feed].take(tick, receivedAt: receivedAt) { isUrgent = true }
    }

    /// At its end.
    package mutating func take(_ bar: Bar, feed: Int) {
        guard feeds.indices.contains(feed) else { return }
        if feeds[feed].take(bar) { isUrgent = true }
    }

    /// Whether it is time, or something has come that should not wait.
    package func isLookDue(at now: Int64) -> Bool {
        lastLook.map { $0.second != now.second } ?? true || isUrgent
    }

    /// `now`: ns since 1970; of bars, the last one's end.
    package mutating func look(at now: Int64) -> Decision {
        (lastLook, isUrgent) = (now, false)
        let health = feeds.indices.map { feeds[$0].health(at: now) }
        let sights = feeds.map(\.sight)
        let readings = markets.indices.map { look(at: now, market: $0, health, sights) }
        endLook()

        let worst = readings.max { $0.regime < $1.regime }?.regime ?? .calm
        defer { regime = worst }
        let decisive = markets.first { $0.machine.regime == worst }
        return Decision(
            time: now, regime: worst, isNews: worst != regime, markets: readings,
            reason: decisive.map { "\($0.name): \($0.machine.cause.text)" } ?? "no market is watched",
            blocker: decisive.flatMap { market in market.machine.hold.map { "\(market.name): \($0.text)" } })
    }

    private mutating func look(
        at now: Int64, market index: Int, _ health: [FeedWatch.Health], _ sights: [Sight?]
    ) -> MarketReading {
        let members = markets[index].feeds
        let alarm = members.compactMap { trouble(health[$0], of: feeds[$0].name) }.first
        let isHeld = alarm != nil && !members.contains { health[$0].isGood }
        let seen = members.filter { !health[$0].isStale && sights[$0] != nil }
        markets[index].machine.look(
            at: now, seen.compactMap { sights[$0] }, isNew: countLook(market: index), alarm: isHeld ? alarm : nil)

        // What is shown is the worst feed's; of a market that is held, the last that was known.
        let shown = (seen.isEmpty ? members : seen).max {
            (sights[$0]?.volatility ?? -1) < (sights[$1]?.volatility ?? -1)
        }
        let sight = shown.flatMap { sights[$0] }
        return MarketReading(
            name: markets[index].name, regime: markets[index].machine.regime, price: shown.flatMap { feeds[$0].price },
            volatility: sight?.volatility, baseline: sight?.baseline, messageRate: sight?.messageRate,
            rateMultiple: sight?.rateMultiple,
            impliedVolatility: members.compactMap { feeds[$0].impliedVolatility }.first,
            alarm: alarm, isHeld: isHeld)
    }

    private func trouble(_ health: FeedWatch.Health, of feed: String) -> MarketReading.Alarm? {
        switch health {
        case .good: nil
        case .stale: .stale(feed: feed)
        case .impossible(let refused): .impossible(feed: feed, price: refused.price, after: refused.after)
        }
    }

    /// Whether time has passed for one of its feeds since the last look that was counted.
    private mutating func countLook(market index: Int) -> Bool {
        let times = markets[index].feeds.map { feeds[$0].elapsed }
        let isNew = zip(times, markets[index].marks).contains { $0 &- $1 >= Self.pace }
        guard isNew || markets[index].isFirst else { return false }
        markets[index].marks = times
        markets[index].isFirst = false
        return true
    }

    private mutating func endLook() {
        for index in feeds.indices {
            let sight = feeds[index].sight
            var (isCalm, attention) = (true, Attention.none)
            for market in markets where market.feeds.contains(index) {
                isCalm = isCalm && market.machine.regime == .calm
                if let sight { attention = attention.with(market.machine.attention(sight)) }
            }
            feeds[index].endLook(isCalm: isCalm, most: elevated, attention: attention)
        }
    }

    /// What another needs to go on from here.
    package var snapshot: MarketSnapshot {
        var snapshot = MarketSnapshot(markets: [:], feeds: [:])
        for market in markets { snapshot.markets[market.name] = market.machine.state }
        for feed in feeds { snapshot.feeds[feed.name] = feed.state }
        return snapshot
    }
}

/// What a controller that is started again must know, so that it does not begin a storm with calm. By name: markets and
/// feeds that a new policy does not have are passed over.
package struct MarketSnapshot: Sendable, Equatable, Codable {
    package var markets: [String: RegimeMachine.State]
    package var feeds: [String: FeedState]
}
