import Market
import Policy

/// Quotas as the daemon puts them in force: the file's, over them what schedules say, over these the market's.
struct ReplayQuotas {
    private let policy: Policy
    private var clock: ScheduleClock
    private var governor: QuotaGovernor
    private var scheduled: [Override] = []

    init(_ policy: Policy) {
        self.policy = policy
        clock = ScheduleClock(policy.schedules)
        governor = QuotaGovernor(policy)
    }

    /// In force.
    var overrides: [Override] { scheduled + governor.overrides }

    /// The regime's own quotas have been reached.
    var isSettled: Bool { governor.nextStep == nil }

    /// When they may be others without a word from the market; nil: never.
    var next: Int64? { [governor.nextStep, clock.next].compactMap(\.self).min() }

    /// What a regime comes to under the schedules of now.
    func target(of regime: Regime) -> [Override] {
        var other = QuotaGovernor(policy.applying(scheduled))
        // From calm every regime is there at once.
        _ = other.follow(regime, at: 0, reason: "")
        return scheduled + other.overrides
    }

    /// Whether they are others from now on, and which schedules have begun or ended.
    mutating func follow(_ regime: Regime, at now: Int64, reason: String) -> (
        isMoved: Bool, events: [ScheduleClock.Event]
    ) {
        let events = clock.advance(to: now)
        if events != nil {
            scheduled = policy.fitting(clock.active).standing.flatMap {
                $0.overrides("\($0.schedule.name) until \(UTC($0.end).iso)")
            }
            governor = QuotaGovernor(policy.applying(scheduled), resuming: governor.snapshot)
        }
        let isMoved = governor.follow(regime, at: now, reason: reason) != nil
        return (isMoved || events != nil, events ?? [])
    }
}
