import Datapath
import Plan
import Policy
import Signals
import Telemetry

/// Takes signals, puts their flows into the kernel, and sees to it that those that are worth most go first. On one
/// thread, which is nobody else's. Times are CLOCK_MONOTONIC, ns.
final class SignalDesk {
    private let node: String
    private var terms: SignalTerms?
    private var admission = Admission(capacity: PromotionMaps.capacity)
    /// nil: nothing of the node is in the kernel.
    private var maps: PromotionMaps?
    private var openedAt: UInt64 = 0
    private(set) var counts = SignalCounts()
    private var hint = SliceHint()

    /// The slot to look at next, of a round that began then.
    private var cursor = 0
    private var roundBegan: UInt64 = 0
    private var nextStep: UInt64 = 0
    private var decidedAt: UInt64 = 0
    /// Budgets with a threshold in the kernel.
    private var held: Set<UInt32?> = []

    /// Every flow is looked at so often, or as often as `step` allows.
    static let round: UInt64 = 100_000_000
    /// Flows looked at in a row, and the time between: signals that come meanwhile wait for no more than these.
    private static let step = 128
    private static let pause: UInt64 = 2_000_000
    /// A burst of newcomers is decided about no more often than that.
    private static let hurry: UInt64 = 10_000_000
    /// How long a threshold outlives a controller that does not renew it.
    static let thresholdLife: UInt64 = 1_000_000_000
    /// The maps may have been made anew.
    private static let keptOpen: UInt64 = 1_000_000_000

    init(node: String) { self.node = node }

    /// Until when nothing has to be done.
    var idleUntil: UInt64 { nextStep }
}

// MARK: signals

extension SignalDesk {
    /// Takes a datagram; what it says is in force when this returns.
    ///
    /// - Parameter isAnswered: somebody will read the answer.
    func take(_ datagram: [UInt8], at now: UInt64, isAnswered: Bool) -> SignalAnswer {
        do throws(SignalRefusal) {
            let answer = try promote(try Signal(decoding: datagram), at: now, isAnswered: isAnswered)
            counts.accepted += 1
            return answer
        } catch {
            counts.refuse(error.reason)
            return .refused(error)
        }
    }

    private func promote(
        _ signal: Signal, at now: UInt64, isAnswered: Bool
    ) throws(SignalRefusal) -> SignalAnswer {
        guard let terms, let allowed = terms.signals, let maps else {
            throw SignalRefusal(.unavailable, "no policy is in force that takes signals")
        }
        guard signal.ttl <= allowed.longest else {
            throw SignalRefusal(
                .ttl, "a signal lasts at most \(allowed.longest.unitText)",
                remedy: "signal again while it goes on, or raise signals.longest in the policy")
        }
        guard let vni = terms.slices[signal.slice] else {
            throw SignalRefusal(
                .slice, "the policy has no slice \"\(signal.slice.prefix(40))\"",
                remedy: isAnswered ? hint.remedy(for: signal.slice, among: terms.sortedNames, at: now) : nil)
        }
        let flow = PromotedFlow(signal.flow, vni: vni)
        let until = now + signal.ttlNanoseconds
        let taken = try admission.take(flow, notional: signal.notional, until: until, at: now)
        do throws(KernelError) {
            if let evicted = taken.evicted { try maps.remove(evicted) }
            let bytes = taken.isKnown ? try maps.entry(of: flow)?.bytes ?? 0 : 0
            try maps.put(flow, PromotionMaps.Entry(until: until, bytes: bytes, rank: taken.rank))
        } catch {
            admission.remove(flow)
            throw SignalRefusal(.unavailable, "\(error)")
        }
        return .taken(waits: taken.waits, threshold: taken.threshold.notional)
    }
}

// MARK: rounds

extension SignalDesk {
    /// What the policy says from now on. Flows of slices that are gone end, and all of them where nobody may signal any
    /// more.
    func adopt(_ new: SignalTerms, at now: UInt64) {
        terms = new
        let budgets = new.signals == nil ? Budgets(rates: [:], owners: [:]) : new.budgets
        for flow in admission.setBudgets(budgets) { try? maps?.remove(flow) }
        if maps == nil { open(at: now) }
        nextStep = now
    }

    /// Does a little of what has to be done regularly, if its time has come.
    func step(at now: UInt64) {
        guard terms != nil else { return }
        if now >= openedAt + Self.keptOpen { open(at: now) }
        if admission.isPressed, now >= decidedAt + Self.hurry { decide(at: now) }
        guard now >= nextStep else { return }
        if cursor == 0 { roundBegan = now }
        let end = min(cursor + Self.step, admission.slots)
        while cursor < end {
            look(at: cursor, now)
            cursor += 1
        }
        guard cursor >= admission.slots else {
            nextStep = now + Self.pause
            return
        }
        cursor = 0
        nextStep = max(roundBegan + Self.round, now + Self.pause)
        decide(at: now)
    }

    private func look(at slot: Int, _ now: UInt64) {
        guard let maps, let (flow, until) = admission.flow(at: slot) else { return }
        // What the kernel refuses, the next opening of the maps puts right.
        do throws(KernelError) {
            if now >= until {
                admission.remove(flow)
                try maps.remove(flow)
            } else if let entry = try maps.entry(of: flow) {
                admission.measure(slot: slot, bytes: entry.bytes, at: now)
            } else if let rank = admission.rank(of: flow) {
                try maps.put(flow, PromotionMaps.Entry(until: until, rank: rank))
            }
        } catch { openedAt = 0 }
    }

    private func decide(at now: UInt64) {
        decidedAt = now
        admission.decide()
        let states = admission.budgetStates
        for (budget, state) in states where state.threshold.raw > 0 {
            hold(state.threshold, budget, until: now + Self.thresholdLife)
            held.insert(budget)
        }
        for budget in held where (states[budget]?.threshold.raw ?? 0) == 0 {
            hold(PromotionRank(raw: 0), budget, until: 0)
            held.remove(budget)
        }
    }

    private func hold(_ rank: PromotionRank, _ budget: UInt32?, until: UInt64) {
        let index = budget.flatMap { terms?.indices[$0] }
        guard let maps, budget == nil || index != nil else { return }
        do throws(KernelError) {
            try maps.setThreshold(rank, slice: index, until: until)
        } catch { openedAt = 0 }
    }

    /// Opens the kernel's maps again: they may be others by now. What is live is in them afterwards, and the flows
    /// that another process has put there are known.
    private func open(at now: UInt64) {
        openedAt = now
        guard let opened = try? PromotionMaps(node: node) else {
            maps = nil
            return
        }
        let isNew = opened.identity != maps?.identity
        maps = opened
        guard isNew, let entries = try? opened.all() else { return }
        for (flow, entry) in entries {
            if now < entry.until {
                admission.adopt(flow, rank: entry.rank, until: entry.until, bytes: entry.bytes, at: now)
            }
            if admission.rank(of: flow) == nil { try? opened.remove(flow) }
        }
    }

    /// For the metrics.
    var snapshot: SignalSnapshot {
        let states = admission.budgetStates
        let budgets = states.keys.compactMap { budget -> SignalSnapshot.Budget? in
            guard let name = terms?.name(ofBudget: budget), let state = states[budget] else { return nil }
            return SignalSnapshot.Budget(
                name: name, threshold: state.threshold.notional, promoted: UInt64(state.promoted),
                waiting: UInt64(state.waiting), demand: state.demand)
        }
        return SignalSnapshot(
            accepted: counts.accepted, refused: counts.tallies, budgets: budgets.sorted { $0.name < $1.name })
    }
}
