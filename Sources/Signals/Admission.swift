import Plan

/// Which of the promoted flows go first, where all of them are more than there is room for: those that are worth most.
///
/// A budget has a threshold, and flows of a lower rank wait: they travel by the rules until there is room. It rises as
/// soon as the flows above it send more than `full` of the budget, and falls when more of them fit into `roomy` of it.
/// The flow of the highest rank never waits.
///
/// Pure: time is ns of a clock that only goes forward, and whoever holds this reads the kernel's counters.
package struct Admission: Sendable {
    private var flows: [PromotedFlow: Int] = [:]
    private var entries: [Entry?] = []
    private var free: [Int] = []
    private let capacity: Int
    /// Ranks, once at least for each flow: those before `sorted` from the highest down, then what has come since.
    private var order: [Ranked] = []
    private var sorted = 0
    private var budgets = Budgets(rates: [:], owners: [:])
    private var states: [UInt32?: State] = [:]
    /// Newcomers have filled a budget before their turn to be measured: decide now.
    package private(set) var isPressed = false
    /// Counted up; nobody lives long enough to see it end.
    private var number: UInt64 = 0

    /// The part of a budget that flows above the threshold may send: the rest is for their bursts.
    package static let full = 0.95
    /// More flows are let in while they fit into this part of it.
    package static let roomy = 0.85
    /// What a flow is taken to send where nothing has been measured yet, bytes a second.
    static let assumed = 1_000.0

    private struct Entry: Sendable {
        var flow: PromotedFlow
        var notional: Double
        var rank: PromotionRank
        var until: UInt64
        var meter: DemandMeter
    }

    private struct Ranked: Sendable {
        var rank: PromotionRank
        var slot: Int
    }

    private struct State: Sendable {
        /// nil: nobody waits.
        var threshold: PromotionRank?
        /// Of the flows above the threshold and of all, bytes a second.
        var admitted = 0.0
        var wanted = 0.0
        /// Flows above the threshold, and below.
        var promoted = 0
        var waiting = 0
        /// Mean of those that are measured; nil: none is.
        var mean: Double?
    }

    /// - Parameter capacity: of flows.
    package init(capacity: Int) { self.capacity = capacity }

    package var count: Int { flows.count }
}

// MARK: flows

extension Admission {
    /// What became of a signal that was taken.
    package struct Taken: Sendable, Equatable {
        package var rank: PromotionRank
        /// The flow was known already: its bytes go on.
        package var isKnown: Bool
        /// Of its budget; raw 0: there is none.
        package var threshold: PromotionRank
        /// It has to wait for room.
        package var waits: Bool { rank < threshold }
        /// Had to go, being worth the least of more flows than there may be.
        package var evicted: PromotedFlow?
    }

    /// Takes a signal, or a later one about a flow that is known: that one holds.
    ///
    /// - Throws: `full`, where as many others are worth more; `slice`, where the flow's is nobody's.
    package mutating func take(
        _ flow: PromotedFlow, notional: Double, until: UInt64, at now: UInt64
    ) throws(SignalRefusal) -> Taken {
        guard let budget = budgets.owners[flow.vni] else { throw SignalRefusal(.slice, "there is no such slice") }
        if let slot = flows[flow], let rank = renew(slot, notional: notional, until: until) {
            return Taken(rank: rank, isKnown: true, threshold: threshold(of: budget))
        }
        let rank = PromotionRank(notional: notional, number: number)
        let evicted = flows.count < capacity ? nil : try makeRoom(for: rank)
        number += 1
        let entry = Entry(flow: flow, notional: notional, rank: rank, until: until, meter: DemandMeter(at: now))
        insert(entry)
        let taken = Taken(rank: rank, isKnown: false, threshold: threshold(of: budget), evicted: evicted)
        if !taken.waits {
            var state = states[budget] ?? State()
            state.admitted += state.mean ?? Self.assumed
            state.promoted += 1
            states[budget] = state
            if state.promoted > 1, state.admitted > Self.full * (budgets.rates[budget] ?? .infinity) {
                isPressed = true
            }
        }
        return taken
    }

    /// Takes over what another process has promoted.
    package mutating func adopt(_ flow: PromotedFlow, rank: PromotionRank, until: UInt64, bytes: UInt64, at now: UInt64)
    {
        guard flows[flow] == nil, flows.count < capacity, budgets.owners[flow.vni] != nil else { return }
        insert(
            Entry(
                flow: flow, notional: Double(rank.notional), rank: rank, until: until,
                meter: DemandMeter(bytes: bytes, at: now)))
    }

    private mutating func insert(_ entry: Entry) {
        let slot = free.popLast() ?? entries.count
        if slot == entries.count { entries.append(entry) } else { entries[slot] = entry }
        flows[entry.flow] = slot
        order.append(Ranked(rank: entry.rank, slot: slot))
    }

    private mutating func renew(_ slot: Int, notional: Double, until: UInt64) -> PromotionRank? {
        guard var entry = entries[slot] else { return nil }
        entry.until = until
        if entry.notional != notional {
            (entry.notional, entry.rank) = (notional, PromotionRank(notional: notional, number: number))
            number += 1
            order.append(Ranked(rank: entry.rank, slot: slot))
        }
        entries[slot] = entry
        return entry.rank
    }

    /// Lets the flow go that is worth least, if that is less.
    private mutating func makeRoom(for rank: PromotionRank) throws(SignalRefusal) -> PromotedFlow? {
        if sorted == 0 { sort() }
        while sorted > 0, !isCurrent(order[sorted - 1]) { sorted -= 1 }
        guard sorted > 0, order[sorted - 1].rank < rank, let victim = entry(of: order[sorted - 1])?.flow else {
            throw SignalRefusal(.full, "\(capacity) flows that are worth more are promoted already")
        }
        sorted -= 1
        remove(victim)
        return victim
    }

    /// nil: its flow has gone, or has another rank by now.
    private func entry(of ranked: Ranked) -> Entry? { isCurrent(ranked) ? entries[ranked.slot] : nil }

    private func isCurrent(_ ranked: Ranked) -> Bool { entries[ranked.slot]?.rank == ranked.rank }

    package mutating func remove(_ flow: PromotedFlow) {
        guard let slot = flows.removeValue(forKey: flow) else { return }
        entries[slot] = nil
        free.append(slot)
    }

    /// Slots are looked at in turn, from 0; a slot may be empty.
    package var slots: Int { entries.count }

    /// nil: the slot is empty.
    package func flow(at slot: Int) -> (flow: PromotedFlow, until: UInt64)? {
        entries.indices.contains(slot) ? entries[slot].map { ($0.flow, $0.until) } : nil
    }

    /// nil: it is not known.
    package func rank(of flow: PromotedFlow) -> PromotionRank? { flows[flow].flatMap { entries[$0]?.rank } }

    /// Takes a reading of a flow's bytes.
    package mutating func measure(slot: Int, bytes: UInt64, at now: UInt64) {
        guard entries.indices.contains(slot) else { return }
        entries[slot]?.meter.read(bytes, at: now)
    }
}

// MARK: thresholds

extension Admission {
    private func threshold(of budget: UInt32?) -> PromotionRank {
        states[budget]?.threshold ?? PromotionRank(raw: 0)
    }

    /// How much room there is, and for whom.
    ///
    /// - Returns: flows whose slice is gone; they are forgotten.
    package mutating func setBudgets(_ new: Budgets) -> [PromotedFlow] {
        budgets = new
        states = states.filter { new.rates[$0.key] != nil || new.owners.values.contains($0.key) }
        let gone = flows.keys.filter { new.owners[$0.vni] == nil }
        for flow in gone { remove(flow) }
        return gone
    }

    private mutating func sort() {
        let entries = entries
        order.removeAll { entries[$0.slot]?.rank != $0.rank }
        // Mostly sorted already, which this sort is fast at.
        order.sort { ($0.rank, $0.slot) > ($1.rank, $1.slot) }
        // A flow whose worth went up and down again may be there twice.
        var last = -1
        order.removeAll { ranked in
            defer { last = ranked.slot }
            return ranked.slot == last
        }
        sorted = order.count
    }

    /// Moves the thresholds to what flows send now.
    package mutating func decide() {
        isPressed = false
        sort()
        var walks = walks()
        for ranked in order {
            guard let entry = entries[ranked.slot], let budget = budgets.owners[entry.flow.vni] else { continue }
            walks[budget, default: Walk()].add(ranked.rank, entry.meter.rate)
        }
        for (budget, var walk) in walks {
            var state = states[budget] ?? State()
            let threshold = walk.threshold(after: state.threshold)
            state.threshold = threshold
            let lowest = threshold ?? PromotionRank(raw: 0)
            state.promoted = walk.ranks.prefix { $0.rank >= lowest }.count
            state.waiting = walk.ranks.count - state.promoted
            state.admitted = state.promoted > 0 ? walk.ranks[state.promoted - 1].sum : 0
            state.wanted = walk.ranks.last?.sum ?? 0
            state.mean = walk.mean
            states[budget] = state
        }
    }

    /// One for each budget, with the mean of its flows.
    private func walks() -> [UInt32?: Walk] {
        var walks: [UInt32?: Walk] = [:]
        for budget in Set(budgets.owners.values).union(states.keys) {
            walks[budget] = Walk(rate: budgets.rates[budget] ?? .infinity, mean: states[budget]?.mean)
        }
        return walks
    }

    /// A budget's state, for people and programs.
    package struct BudgetState: Sendable, Equatable {
        /// Flows that are worth less wait; 0: none does.
        package var threshold: PromotionRank
        package var promoted: Int
        package var waiting: Int
        /// Bytes a second that all of them send, those that wait included.
        package var demand: Double
    }

    /// As it was at the last decision, by whose budget it is (nil: shared).
    package var budgetStates: [UInt32?: BudgetState] {
        states.mapValues {
            BudgetState(
                threshold: $0.threshold ?? PromotionRank(raw: 0), promoted: $0.promoted, waiting: $0.waiting,
                demand: $0.wanted)
        }
    }
}

/// The flows of a budget from the highest rank down, and how much of it those above each need.
private struct Walk {
    var rate = Double.infinity
    /// For those not measured yet.
    var assumed = Admission.assumed
    private(set) var ranks: [(rank: PromotionRank, sum: Double)] = []
    private var measured = (sum: 0.0, count: 0)

    init(rate: Double = .infinity, mean: Double? = nil) {
        self.rate = rate
        assumed = mean ?? Admission.assumed
    }

    var mean: Double? { measured.count > 0 ? measured.sum / Double(measured.count) : nil }

    mutating func add(_ rank: PromotionRank, _ demand: Double?) {
        if let demand { measured = (measured.sum + demand, measured.count + 1) }
        ranks.append((rank, (ranks.last?.sum ?? 0) + (demand ?? assumed)))
    }

    /// The lowest rank that fits with all above it into a part of the budget; the highest always does.
    private func lowest(within part: Double) -> PromotionRank? {
        (ranks.prefix { $0.sum <= part * rate }.last ?? ranks.first)?.rank
    }

    /// Nothing moves while what is admitted fits, and what waits would not fit easily.
    mutating func threshold(after former: PromotionRank?) -> PromotionRank? {
        guard let total = ranks.last?.sum, let tight = lowest(within: Admission.full),
            let loose = lowest(within: Admission.roomy)
        else { return nil }
        guard let former else { return total > Admission.full * rate ? tight : nil }
        if total <= Admission.roomy * rate { return nil }
        return min(max(former, tight), loose)
    }
}
