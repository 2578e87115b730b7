import Market
import Policy
import Synchronization

/// Where the market and the clock become quotas: prices come in, the watch decides, the governor turns a regime into
/// shares, and the node is made to follow. Everything happens in the call that brings the price.
final class MarketDesk: Sendable {
    /// Makes the node follow, and calls back afterwards, from anywhere, with what changed by it.
    typealias Follow =
        @Sendable ([Override], _ then: @escaping @Sendable (Result<Followed, any Error>) -> Void) -> Void

    /// What has been decided, for those who ask.
    struct Facts: Sendable {
        /// nil: no market is watched.
        var decision: Decision?
        /// Why the node does not follow; nil: it does.
        var trouble: String?
        /// How often the node has followed.
        var changes: UInt64
    }

    private let state: Mutex<DeskState>
    private let changes = Atomic<UInt64>(0)
    private let follow: Follow
    private let record: @Sendable (DecisionEntry, MarketMemory?) -> Void

    /// - Parameters:
    ///   - memory: what a former desk left behind.
    ///   - followed: what the node follows already.
    ///   - record: gets what was decided, where it is news, and what to remember of it. It must not ask this desk.
    init(
        _ policy: Policy, memory: MarketMemory? = nil, followed: [Override] = [], follow: @escaping Follow,
        record: @escaping @Sendable (DecisionEntry, MarketMemory?) -> Void
    ) {
        state = Mutex(DeskState(policy, memory: memory, followed: followed))
        self.follow = follow
        self.record = record
    }

    /// What a feed says. One that the policy in force does not have is not listened to.
    func take(_ ticks: [Tick], from feed: Volatility.Feed, at now: Int64) {
        let began = ContinuousClock.now
        carryOut(
            state.withLock { state in
                guard let place = state.policy.volatility?.feeds.firstIndex(of: feed) else { return nil }
                for tick in ticks { state.watch?.take(tick, feed: place, receivedAt: now) }
                return state.watch?.isLookDue(at: now) == true ? look(at: now, began, &state) : nil
            })
    }

    /// Looks where it is time: when no price comes, that says something too.
    func look(at now: Int64) {
        carryOut(
            state.withLock { state in
                state.watch?.isLookDue(at: now) ?? true ? look(at: now, .now, &state) : nil
            })
    }

    /// What is in force, which another may have changed. The market goes on: what was known of it stays.
    ///
    /// - Parameters:
    ///   - policy: the file's.
    ///   - followed: what the node follows under it.
    func stand(on policy: Policy, followed: [Override], at now: Int64) {
        carryOut(
            state.withLock { state in
                // What is under way comes to an end first; then one looks again.
                guard !state.isWaiting, policy != state.policy || followed != state.followed else { return nil }
                state.followed = followed
                if policy != state.policy {
                    // Shares that are not on their way anywhere are the new policy's at once.
                    let (isSettled, told) = (state.governor?.nextStep == nil, state.told)
                    state = DeskState(policy, memory: state.memory, followed: followed)
                    state.told = told
                    if isSettled { state.governor = state.governor.map { _ in QuotaGovernor(policy) } }
                }
                return look(at: now, .now, &state)
            })
    }

    var facts: Facts {
        state.withLock {
            Facts(
                decision: $0.last, trouble: $0.trouble, changes: changes.load(ordering: .relaxed))
        }
    }

    /// What another desk needs to go on from here; nil: nothing is watched.
    var memory: MarketMemory? { state.withLock { $0.memory } }

    /// - Parameter began: when what is looked at came.
    /// - Returns: what has to be carried out, when nobody holds the state any more.
    private func look(at now: Int64, _ began: ContinuousClock.Instant, _ state: inout DeskState) -> DeskOrder? {
        let decision = state.watch?.look(at: now)
        state.last = decision
        guard !state.isWaiting else { return nil }
        state.keepSchedules(at: now)
        // A step that the node does not take has not been taken: it is tried again, from the same place.
        var governor = state.governor
        if let decision { _ = governor?.follow(decision.regime, at: now, reason: "market: \(decision.reason)") }
        let market = governor?.overrides ?? []
        let wanted = state.scheduled + market
        let ways = state.ways(to: wanted, market: market, at: now)
        guard !ways.isEmpty else {
            (state.governor, state.refusal) = (governor, nil)
            tell(decision, at: now, changes: [], &state)
            return nil
        }
        state.isWaiting = true
        return DeskOrder(
            ways: ways, wanted: wanted, market: market, governor: governor, decision: decision, time: now, began: began)
    }

    private func carryOut(_ order: DeskOrder?) {
        guard let order, let way = order.ways.first else { return }
        follow(way) { [self] outcome in
            if case .failure(let error) = outcome, let next = order.next(after: error) { return carryOut(next) }
            state.withLock { state in
                state.isWaiting = false
                switch outcome {
                case .success(let followed):
                    if way == order.wanted || way == order.market { state.governor = order.governor }
                    if way != state.followed { changes.add(1, ordering: .relaxed) }
                    (state.followed, state.followedAt) = (way, order.time)
                    state.refusal = order.refusal
                    tell(
                        order.decision, at: order.time, changes: followed.changes.map(\.text),
                        took: followed.acknowledgedAt - order.began, &state)
                case .failure(let error):
                    state.refusal = order.refusal ?? Failure(error).text
                    tell(order.decision, at: order.time, changes: [], &state)
                }
            }
        }
    }

    /// Records what is news.
    private func tell(
        _ decision: Decision?, at now: Int64, changes: [String], took: Duration? = nil, _ state: inout DeskState
    ) {
        let subject = DecisionEntry.Subject(decision, schedules: state.scheduled, trouble: state.trouble)
        guard !changes.isEmpty || subject != state.told else { return }
        // Nothing has happened yet.
        if state.told == nil, changes.isEmpty, subject.isQuiet {
            state.told = subject
            return
        }
        let former = state.told?.regime
        state.told = subject
        record(
            DecisionEntry(
                time: now, regime: decision?.regime, former: former, markets: decision?.markets ?? [],
                reason: decision?.reason, schedules: state.active.map(\.text),
                blocker: state.trouble ?? decision?.blocker, quotas: changes,
                microseconds: changes.isEmpty ? nil : took.map { Int($0 / .microseconds(1)) }), state.memory)
    }
}
