import Market
import Policy

/// What the market desk knows, and what follows from it.
struct DeskState {
    var policy: Policy
    let timetable: Timetable?
    var watch: MarketWatch?
    var governor: QuotaGovernor?
    /// The schedules whose time it is, those of them that hold, why others do not, and what the governor stands on.
    var due: [Timetable.Active] = []
    var active: [Timetable.Active] = []
    var refused: [String] = []
    var scheduled: [Override] = []
    /// What the node follows now.
    var followed: [Override]
    /// The node has been told, and has not answered yet.
    var isWaiting = false
    /// The node followed at that time, ns since 1970.
    var followedAt: Int64 = 0
    var last: Decision?
    /// What the log has told last.
    var told: DecisionEntry.Subject?
    /// Why the node does not take what is wanted; nil: it does.
    var refusal: String?

    var trouble: String? {
        let all = refused + (refusal.map { [$0] } ?? [])
        return all.isEmpty ? nil : all.joined(separator: "; ")
    }

    /// What is followed holds out without news for a minute.
    private static let renewal: Int64 = 20_000_000_000
}

extension DeskState {
    init(_ policy: Policy, memory: MarketMemory?, followed: [Override]) {
        self.policy = policy
        self.followed = followed
        // The parser has tried them.
        timetable = try? Timetable(policy.schedules)
        watch = policy.volatility.map { MarketWatch($0, from: memory?.watch) }
        governor = policy.volatility.map { _ in
            memory?.governor.map { QuotaGovernor(policy, resuming: $0) } ?? QuotaGovernor(policy)
        }
    }

    var memory: MarketMemory? {
        watch.map { MarketMemory(watch: $0.snapshot, governor: governor?.snapshot) }
    }

    /// The schedules that hold now. The market's shares go over theirs.
    mutating func keepSchedules(at now: Int64) {
        let due = timetable?.active(at: now) ?? []
        guard due != self.due else { return }
        self.due = due
        (active, refused) = policy.fitting(due)
        scheduled = active.flatMap { $0.overrides($0.text) }
        governor = governor.map { QuotaGovernor(policy.applying(scheduled), resuming: $0.snapshot) }
    }

    /// How the node may come to what is wanted; none: it is there. What it follows is renewed when that is due, whatever
    /// becomes of the rest.
    func ways(to wanted: [Override], market: [Override], at now: Int64) -> [[Override]] {
        var ways = [wanted]
        if market != wanted { ways.append(market) }
        let fresh = ways.prefix { $0 != followed }
        // A clock that was set back says nothing of how long ago that was.
        let isDue = !followed.isEmpty && !(0..<Self.renewal).contains(now - followedAt)
        return fresh + (isDue ? [followed] : [])
    }
}

extension Timetable.Active {
    var text: String { "\(schedule.name) until \(utc(end))" }
}
