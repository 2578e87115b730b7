import Market
import Policy

/// Bars played through a policy: each is known at its end, and looked at then. The policy's own feeds do not matter.
package struct Replay: Sendable {
    /// Every look, in order of time.
    package private(set) var looks: [Look] = []
    package private(set) var changes: [Change] = []
    /// Every time that the quotas were moved.
    package private(set) var moves: [Move] = []
    package let policy: Policy

    /// The market at one look.
    package struct Look: Sendable, Equatable {
        /// Since 1970, ns.
        package var time: Int64
        package var regime: Regime
        package var price: Double?
        /// Annualised, in percent.
        package var volatility: Double?
        package var baseline: Double?
        /// Trades a minute; nil where the bars do not count them.
        package var messageRate: Double?
        package var rateMultiple: Double?
        package var isAlarmed: Bool
    }

    /// A look that came to another regime.
    package struct Change: Sendable, Equatable {
        package var look: Look
        package var from: Regime
        package var reason: String
        /// In force from now on.
        package var overrides: [Override]
        /// When the regime's own quotas were reached; nil: never, another came before.
        package var settled: Int64?
    }

    package struct Move: Sendable, Equatable {
        package var time: Int64
        package var overrides: [Override]
    }

    /// - Parameter volatility: The policy's.
    /// - Parameter progress: Called now and then, with how much is done, 0...1.
    package init(_ policy: Policy, _ volatility: Volatility, _ tape: BarTape, progress: (Double) -> Void = { _ in }) {
        self.policy = policy
        var watch = MarketWatch(Self.watched(volatility, tape))
        var governor = QuotaGovernor(policy)
        var heads = [Int](repeating: 0, count: tape.feeds.count)
        var (done, total) = (0, tape.count)
        looks.reserveCapacity(total)
        total = max(total, 1)
        var regime = Regime.calm
        while let now = Self.nextEnd(tape, heads) {
            while let step = governor.nextStep, step < now {
                move(&governor, to: regime, at: step, reason: changes.last?.reason ?? "")
            }
            for index in tape.feeds.indices {
                let bars = tape.feeds[index].bars
                guard heads[index] < bars.count, bars[heads[index]].end == now else { continue }
                watch.take(bars[heads[index]], feed: index)
                heads[index] += 1
                done += 1
                if done.isMultiple(of: 1000) { progress(Double(done) / Double(total)) }
            }
            let decision = watch.look(at: now)
            let look = Look(decision)
            looks.append(look)
            move(&governor, to: decision.regime, at: now, reason: decision.reason)
            guard decision.regime != regime else { continue }
            let isSettled = governor.nextStep == nil
            changes.append(
                Change(
                    look: look, from: regime, reason: decision.reason, overrides: governor.overrides,
                    settled: isSettled ? now : nil))
            regime = decision.regime
        }
    }

    private mutating func move(_ governor: inout QuotaGovernor, to regime: Regime, at now: Int64, reason: String) {
        guard let overrides = governor.follow(regime, at: now, reason: reason) else { return }
        moves.append(Move(time: now, overrides: overrides))
        if governor.nextStep == nil, !changes.isEmpty, changes[changes.count - 1].settled == nil,
            changes[changes.count - 1].look.regime == regime
        {
            changes[changes.count - 1].settled = now
        }
    }

    private static func nextEnd(_ tape: BarTape, _ heads: [Int]) -> Int64? {
        zip(tape.feeds, heads).compactMap { feed, head in head < feed.bars.count ? feed.bars[head].end : nil }.min()
    }

    /// The policy's section with the tape's feeds, as one market. It has the name of the policy's where there is one.
    private static func watched(_ volatility: Volatility, _ tape: BarTape) -> Volatility {
        var watched = volatility
        watched.feeds = tape.feeds.map { feed in
            Volatility.Feed(
                name: feed.name, format: .ndjson, source: .standardInput, symbol: nil,
                period: .nanoseconds(feed.step))
        }
        let name = volatility.markets.count == 1 ? volatility.markets[0].name : "market"
        watched.markets = [Volatility.Market(name: name, feeds: tape.feeds.map(\.name))]
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
