import Market
import Policy

/// Plays one stretch of bars: a new watch of the market, which begins with calm.
struct StretchPlayer {
    private let stretch: BarTape.Stretch
    private var watch: MarketWatch
    private var quotas: ReplayQuotas
    private var regime = Regime.calm
    /// What has been played, since 1970, ns.
    private var time: Int64
    /// By feed: its next bar.
    private var heads: [Int]

    /// At the first change of the regime, or at the end: see `Replay.Watch`.
    private(set) var baselineSeconds = 0.0
    private(set) var looks: [Replay.Look] = []
    private(set) var changes: [Replay.Change] = []
    private(set) var moves: [Replay.Move] = []
    private(set) var schedules: [Replay.ScheduleEvent] = []

    init(_ policy: Policy, _ volatility: Volatility, _ stretch: BarTape.Stretch) {
        self.stretch = stretch
        watch = MarketWatch(Self.watched(volatility, stretch))
        quotas = ReplayQuotas(policy)
        time = stretch.start
        heads = [Int](repeating: 0, count: stretch.feeds.count)
    }

    /// - Parameter progress: Called now and then, with how many bars are done.
    mutating func play(progress: (Int) -> Void) {
        looks.reserveCapacity(stretch.count)
        var done = 0
        move(at: time, reason: "")
        while let now = nextEnd {
            while let step = quotas.next, step < now { move(at: max(step, time), reason: changes.last?.reason ?? "") }
            for index in stretch.feeds.indices {
                let bars = stretch.feeds[index].bars
                guard heads[index] < bars.count, bars[heads[index]].end == now else { continue }
                watch.take(bars[heads[index]], feed: index)
                heads[index] += 1
                done += 1
                if done.isMultiple(of: 1000) { progress(done) }
            }
            look(at: now)
        }
        if changes.isEmpty { baselineSeconds = longestBaseline(at: stretch.end) }
    }

    private var nextEnd: Int64? {
        zip(stretch.feeds, heads).compactMap { feed, head in head < feed.bars.count ? feed.bars[head].end : nil }.min()
    }

    private mutating func look(at now: Int64) {
        let decision = watch.look(at: now)
        let look = Replay.Look(decision, isAlarmed: isAlarmed(decision, at: now))
        looks.append(look)
        let former = regime
        regime = decision.regime
        move(at: now, reason: decision.reason)
        guard regime != former else { return }
        if changes.isEmpty { baselineSeconds = longestBaseline(at: now) }
        changes.append(
            Replay.Change(
                look: look, from: former, reason: decision.reason, overrides: quotas.overrides,
                target: quotas.isSettled ? quotas.overrides : quotas.target(of: regime),
                settled: quotas.isSettled ? now : nil))
    }

    /// Where a feed has not begun, or is over, nothing is amiss.
    private func isAlarmed(_ decision: Decision, at now: Int64) -> Bool {
        guard decision.markets.contains(where: { $0.alarm != nil }) else { return false }
        return stretch.feeds.indices.contains { index in
            var feed = watch.feeds[index]
            return isLive(index, at: now) && !feed.health(at: now).isGood
        }
    }

    /// Of the feeds that have bars now: the worst of them decides, so that it is enough for one to know what is usual.
    private func longestBaseline(at now: Int64) -> Double {
        let states = watch.snapshot.feeds
        return stretch.feeds.indices.filter { isLive($0, at: now) }
            .compactMap { states[stretch.feeds[$0].name]?.baselineSeconds }.max() ?? 0
    }

    /// Bars are known at their ends.
    private func isLive(_ feed: Int, at now: Int64) -> Bool {
        (stretch.feeds[feed].bars.first?.end ?? .max) <= now && now <= stretch.feeds[feed].end
    }

    private mutating func move(at now: Int64, reason: String) {
        time = now
        let (isMoved, events) = quotas.follow(regime, at: now, reason: reason)
        guard isMoved else { return }
        moves.append(Replay.Move(time: now, overrides: quotas.overrides))
        for event in events {
            schedules.append(
                Replay.ScheduleEvent(time: now, name: event.name, end: event.end, overrides: quotas.overrides))
        }
        if quotas.isSettled, let last = changes.last, last.settled == nil, last.look.regime == regime {
            changes[changes.count - 1].settled = now
        }
    }

    /// The policy's section with the stretch's feeds, as one market. It has the name of the policy's where there is one.
    private static func watched(_ volatility: Volatility, _ stretch: BarTape.Stretch) -> Volatility {
        var watched = volatility
        watched.feeds = stretch.feeds.map { feed in
            Volatility.Feed(
                name: feed.name, format: .ndjson, source: .standardInput, symbol: nil,
                period: .nanoseconds(feed.step))
        }
        let name = volatility.markets.count == 1 ? volatility.markets[0].name : "market"
        watched.markets = [Volatility.Market(name: name, feeds: stretch.feeds.map(\.name))]
        return watched
    }
}

extension Replay.Look {
    fileprivate init(_ decision: Decision, isAlarmed: Bool) {
        let market = decision.markets.first
        self.init(
            time: decision.time, regime: decision.regime, price: market?.price, volatility: market?.volatility,
            baseline: market?.baseline, messageRate: market?.messageRate, rateMultiple: market?.rateMultiple,
            isAlarmed: isAlarmed)
    }
}
