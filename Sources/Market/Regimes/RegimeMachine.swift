import Policy

/// One market's regime. It is entered fast, from any to any worse one, and left slowly: one state at a time, below a part
/// of the level that was entered, and when the market has not been as bad as that for the dwell time.
package struct RegimeMachine: Sendable {
    /// By severity; nil: nothing leads there.
    private let triggers: [Volatility.Trigger?]
    /// The part of a level below which it is left, to 1.
    private let leave: Double
    /// ns.
    private let dwell: Int64
    /// The message rate, over its median, below which a regime may be left.
    private let quietRate: Double?

    package private(set) var regime = Regime.calm
    /// Volatility, annualised, in percent, that led to the regime.
    private var level = 0.0
    /// It was entered without a baseline, which will say what is usual here.
    private var isProvisional = false
    /// ns since 1970; the market was last as bad as its regime.
    private var metAt: Int64 = 0
    private(set) var enteredAt: Int64 = 0
    /// By severity: looks in a row at which the volatility was there.
    private var looks = [0, 0, 0, 0]
    private(set) var cause = Cause.unknown
    private(set) var hold: Hold?

    package init(_ volatility: Volatility) {
        triggers = Regime.allCases.map { $0 == .calm ? nil : volatility.triggers[$0] }
        leave = volatility.leave / 100
        dwell = volatility.dwell.nanoseconds
        quietRate = triggers.compactMap { $0?.rate }.min().map { $0 * volatility.leave / 100 }
    }

    /// `sights`: of feeds that have prices. `isNew`: time has passed for them since the last look that was counted.
    /// `alarm`: none of the feeds can be believed, and it cannot become milder.
    package mutating func look(at now: Int64, _ sights: [Sight], isNew: Bool, alarm: MarketReading.Alarm?) {
        metAt = min(metAt, now)
        enteredAt = min(enteredAt, now)
        count(sights, isNew: isNew)
        settle(sights)
        if let (worse, cause, level) = worst(sights) {
            if worse > regime {
                enter(worse, at: now, level: level, isProvisional: !sights.contains(where: \.hasBaseline))
            }
            metAt = now
            hold = nil
            self.cause = cause
            return
        }
        guard regime > .calm else {
            if let loudest = sights.max(by: { $0.volatility < $1.volatility }) {
                cause = .quiet(volatility: loudest.volatility, below: threshold(of: .elevated, loudest))
            }
            hold = nil
            return
        }
        // For all we know it is as bad as it was.
        if alarm != nil { metAt = now }
        hold = reasonToStay(at: now, sights, alarm: alarm)
        if hold == nil, let loudest = sights.max(by: { $0.volatility < $1.volatility }) {
            cause = .left(regime, volatility: loudest.volatility, below: level * leave)
            enter(regime.milder, at: now, level: threshold(of: regime.milder, loudest) ?? level)
        }
    }

    /// From where on a feed's message alone makes it worse.
    func attention(_ sight: Sight) -> Attention {
        var attention = Attention.none
        for worse in Regime.allCases where worse > regime {
            guard let trigger = triggers[worse.severity] else { continue }
            if trigger.looks <= 1, let threshold = threshold(of: worse, sight) {
                attention.volatility = min(attention.volatility, threshold)
            }
            guard let rate = trigger.rate else { continue }
            if let multiple = sight.rateMultiple, multiple >= rate {
                attention.volatility = min(attention.volatility, trigger.rateVolatility)
            } else {
                attention.rateMultiple = min(attention.rateMultiple, rate)
            }
        }
        return attention
    }

    // MARK: Parts of a look

    private mutating func count(_ sights: [Sight], isNew: Bool) {
        for regime in Regime.allCases where regime > .calm {
            let isThere = sights.contains { sight in
                threshold(of: regime, sight).map { sight.volatility >= $0 } ?? false
            }
            if !isThere { looks[regime.severity] = 0 } else if isNew { looks[regime.severity] += 1 }
        }
    }

    /// A market that is always as wild as that is measured by its own baseline, once that is known.
    private mutating func settle(_ sights: [Sight]) {
        guard isProvisional, !sights.isEmpty, sights.allSatisfy(\.hasBaseline) else { return }
        isProvisional = false
        level = sights.compactMap { threshold(of: regime, $0) }.reduce(level, max)
    }

    /// The worst regime, of this one and worse ones, that the market is as bad as; and the level that says so.
    private func worst(_ sights: [Sight]) -> (Regime, Cause, level: Double)? {
        for regime in Regime.allCases.reversed() where regime > .calm && regime >= self.regime {
            guard let trigger = triggers[regime.severity] else { continue }
            // One that it is in already needs no second look.
            if trigger.looks <= 1 || looks[regime.severity] >= trigger.looks || regime == self.regime {
                for sight in sights {
                    if let threshold = threshold(of: regime, sight), sight.volatility >= threshold {
                        let over = overBaseline(trigger, sight)
                        return (regime, .volatility(sight.volatility, atLeast: threshold, over: over), threshold)
                    }
                }
            }
            guard let rate = trigger.rate else { continue }
            for sight in sights {
                guard let multiple = sight.rateMultiple, multiple >= rate, sight.volatility >= trigger.rateVolatility
                else { continue }
                let cause = Cause.rate(
                    multiple: multiple, atLeast: rate, volatility: sight.volatility, andAtLeast: trigger.rateVolatility)
                let level = trigger.rateVolatility > 0 ? trigger.rateVolatility : threshold(of: regime, sight)
                return (regime, cause, level ?? trigger.volatility)
            }
        }
        return nil
    }

    private func reasonToStay(at now: Int64, _ sights: [Sight], alarm: MarketReading.Alarm?) -> Hold? {
        if let alarm { return .feed(alarm) }
        guard !sights.isEmpty, sights.allSatisfy(\.isKnown) else { return .unknown }
        for sight in sights where !(sight.volatility < level * leave) {
            return .volatility(sight.volatility, notBelow: level * leave)
        }
        if let quietRate {
            for case let multiple? in sights.map(\.rateMultiple) where multiple >= quietRate {
                return .rate(multiple, notBelow: quietRate)
            }
        }
        let left = dwell.since(now.since(metAt))
        return left > 0 ? .dwell(left: left.seconds) : nil
    }

    private mutating func enter(_ regime: Regime, at now: Int64, level: Double, isProvisional: Bool = false) {
        self.regime = regime
        self.level = regime == .calm ? 0 : level
        self.isProvisional = isProvisional
        (enteredAt, metAt) = (now, now)
    }

    /// Volatility at which it begins; nil: it cannot yet, or never, for want of a trigger. Without a baseline that is the
    /// trigger's own: who comes into a storm must see it. But a few bars alone, of which nobody knows whether they are
    /// usual, make none.
    private func threshold(of regime: Regime, _ sight: Sight) -> Double? {
        guard let trigger = triggers[regime.severity] else { return nil }
        guard sight.hasBaseline || sight.isSettled || trigger.overBaseline == 0 else { return nil }
        return max(trigger.volatility, trigger.overBaseline * (sight.baseline ?? 0))
    }

    /// What the level is made of where it comes from the baseline; nil: it is the trigger's own.
    private func overBaseline(_ trigger: Volatility.Trigger, _ sight: Sight) -> Cause.OverBaseline? {
        guard let baseline = sight.baseline, trigger.overBaseline * baseline > trigger.volatility else { return nil }
        return Cause.OverBaseline(factor: trigger.overBaseline, baseline: baseline)
    }

    // MARK: Across a restart

    package struct State: Sendable, Equatable, Codable {
        package var regime: Regime
        /// Volatility that led to it, annualised, in percent.
        package var level: Double
        /// ns since 1970.
        package var entered: Int64
        /// When the market was last as bad as the regime, ns since 1970.
        package var met: Int64
        /// It was entered without a baseline.
        package var isProvisional: Bool?
    }

    package var state: State {
        State(
            regime: regime, level: level, entered: enteredAt, met: metAt, isProvisional: isProvisional ? true : nil)
    }

    /// Goes on where another stopped.
    package mutating func resume(_ state: State) {
        guard state.level >= 0, state.level.isFinite else { return }
        (regime, level, enteredAt, metAt) = (state.regime, state.level, state.entered, state.met)
        isProvisional = state.isProvisional ?? false
        cause = .resumed
    }
}
