import Synchronization

@testable import Control
@testable import Market
@testable import Policy

/// A node that follows when it is told to, and a record of what it was told.
final class FakeNode: Sendable {
    typealias Answer = @Sendable (Result<Followed, any Error>) -> Void

    private struct State {
        var orders: [[Override]] = []
        var followed: [Override] = []
        var entries: [DecisionEntry] = []
        var memory: MarketMemory?
        var refusal: @Sendable ([Override]) -> String? = { _ in nil }
        var deferred: [(Answer, Result<Followed, any Error>)] = []
    }

    private let state = Mutex(State())
    private let answersAtOnce: Bool

    /// - Parameter answersAtOnce: in the call that tells it to follow, as a node does that nobody else is changing;
    ///   otherwise when `answer` is called.
    init(answersAtOnce: Bool = false) { self.answersAtOnce = answersAtOnce }

    /// Everything it was told to follow, in order.
    var orders: [[Override]] { state.withLock { $0.orders } }
    /// The last it did not refuse.
    var followed: [Override] { state.withLock { $0.followed } }
    /// Everything that was recorded.
    var entries: [DecisionEntry] { state.withLock { $0.entries } }
    var memory: MarketMemory? { state.withLock { $0.memory } }

    /// nil: it follows.
    func refuse(_ why: String?) { refuse { _ in why } }

    /// - Parameter why: nil for what it follows.
    func refuse(_ why: @escaping @Sendable ([Override]) -> String?) { state.withLock { $0.refusal = why } }

    /// What it owes to the desk.
    func answer() {
        let due = state.withLock { state in
            defer { state.deferred = [] }
            return state.deferred
        }
        for (answer, outcome) in due { answer(outcome) }
    }

    private static let change = QuotaChange(
        slice: "perp", className: "bulk", before: .init(guarantee: nil, ceiling: BitRate(bitsPerSecond: 2)),
        after: .init(guarantee: nil, ceiling: BitRate(bitsPerSecond: 1)))

    func desk(_ policy: Policy, memory: MarketMemory? = nil, followed: [Override] = []) -> MarketDesk {
        state.withLock { $0.followed = followed }
        return MarketDesk(
            policy, memory: memory, followed: followed,
            follow: { [self] overrides, then in
                state.withLock { state in
                    state.orders.append(overrides)
                    let refusal = state.refusal(overrides)
                    let outcome: Result<Followed, any Error> =
                        refusal.map { .failure(NodeError($0)) }
                        ?? .success(
                            Followed(
                                changes: overrides == state.followed ? [] : [Self.change], acknowledgedAt: .now))
                    if refusal == nil { state.followed = overrides }
                    state.deferred.append((then, outcome))
                }
                if answersAtOnce { answer() }
            },
            record: { [self] entry, memory in
                state.withLock { state in
                    state.entries.append(entry)
                    state.memory = memory
                }
            })
    }
}

/// A market under the clock of a test: prices every half second, each a step from the one before.
struct FakeMarket {
    /// Since 1970, ns.
    private(set) var now: Int64 = 1_700_000_000_000_000_000
    private var price = 100.0
    private var isUp = false

    /// For so many seconds the price goes to and fro by this part of it.
    mutating func go(_ seconds: Int, by part: Double, _ desk: MarketDesk, _ node: FakeNode) {
        for _ in 0..<(2 * seconds) {
            isUp.toggle()
            price *= isUp ? 1 + part : 1 / (1 + part)
            now += 500_000_000
            desk.take([Tick(time: now, price: price, volume: 1, kind: .trade)], from: Self.feed, at: now)
            node.answer()
        }
    }

    /// A second later there is this price.
    mutating func say(_ price: Double, _ desk: MarketDesk, _ node: FakeNode) {
        now += 1_000_000_000
        desk.take([Tick(time: now, price: price, volume: 1, kind: .trade)], from: Self.feed, at: now)
        node.answer()
    }

    /// Time passes, and no price comes.
    mutating func beSilent(_ seconds: Int, _ desk: MarketDesk, _ node: FakeNode) {
        for _ in 0..<(2 * seconds) {
            now += 500_000_000
            desk.look(at: now)
            node.answer()
        }
    }

    static let feed = Volatility.Feed(
        name: "desk", format: .ndjson, source: .unixSocket(path: "/nowhere"), symbol: nil, period: .seconds(5))
}
