import Market
import Policy

/// Plays one stretch of bars: a new watch of the market, which begins with calm.
struct StretchPlayer {
    private let stretch: BarTape.Stretch
    private var watch: MarketWatch
    private var governor: QuotaGovernor
    private var regime = Regime.calm
    /// By feed: its next bar.
    private var heads: [Int]

    private(set) var looks: [Replay.Look] = []
    private(set) var changes: [Replay.Change] = []
    private(set) var moves: [Replay.Move] = []

    init(_ policy: Policy, _ volatility: Volatility, _ stretch: BarTape.Stretch) {
        self.stretch = stretch
        watch = MarketWatch(Self.watched(volatility, stretch))
        governor = QuotaGovernor(policy)
        heads = [Int](repeating: 0, count: stretch.feeds.count)
    }

    /// - Parameter progress: Called now and then, with how many bars are done.
    mutating func play(progress: (Int) -> Void) {
        looks.reserveCapacity(stretch.count)
        var done = 0
        while let now = nextEnd {
            while let step = governor.nextStep, step < now { move(at: step, reason: changes.last?.reason ?? "") }
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
    }

    private var nextEnd: Int64? {
        zip(stretch.feeds, heads).compactMap { feed, head in head < feed.bars.count ? feed.bars[head].end : nil }.min()
    }

    private mutating func look(at now: Int64) {
        let decision = watch.look(at: now)
        let look = Replay.Look(decision)
        looks.append(look)
        let former = regime
        regime = decision.regime
        move(at: now, reason: decision.reason)
        guard regime != former else { return }
        changes.append(
            Replay.Change(
                look: look, from: former, reason: decision.reason, overrides: governor.overrides,
                settled: governor.nextStep == nil ? now : nil))
    }

    private mutating func move(at now: Int64, reason: String) {
        guard let overrides = governor.follow(regime, at: now, reason: reason) else { return }
        moves.append(Replay.Move(time: now, overrides: overrides))
        if governor.nextStep == nil, let last = changes.last, last.settled == nil, last.look.regime == regime {
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
    fileprivate init(_ decision: Decision) {
        let market = decision.markets.first
        self.init(
            time: decision.time, regime: decision.regime, price: market?.price, volatility: market?.volatility,
            baseline: market?.baseline, messageRate: market?.messageRate, rateMultiple: market?.rateMultiple,
            isAlarmed: market?.alarm != nil)
    }
}
