import Foundation
import PolicySamples
import Testing

@testable import Control
@testable import Market
@testable import Policy

@Suite("the market desk")
struct MarketDeskTests {
    private static let calm = 0.000_01
    private static let wild = 0.01

    private static func policy(
        bulk ceiling: Double = 10, schedules: [Schedule] = [], release: Double = 100, dwell: Int = 1
    ) -> Policy {
        var policy = Build.example
        policy.volatility = Volatility(
            feeds: [FakeMarket.feed], markets: [Volatility.Market(name: "btc", feeds: ["desk"])],
            triggers: Volatility.defaultTriggers.mapValues { trigger in
                // Whatever the baseline: these markets are minutes old.
                var trigger = trigger
                trigger.overBaseline = 0
                return trigger
            },
            quotas: [.storm: Quotas(classes: ["bulk": Policy.ClassQuota(guarantee: nil, ceiling: .percent(ceiling))])],
            dwell: .seconds(dwell * 60), release: release)
        policy.schedules = schedules
        return policy
    }

    private func ceiling(_ overrides: [Override]?) -> Share? { overrides?.last { $0.className == "bulk" }?.ceiling }

    @Test("a calm market changes nothing, and there is nothing to tell")
    func calm() {
        let node = FakeNode(), desk = node.desk(Self.policy())
        var market = FakeMarket()
        market.go(300, by: Self.calm, desk, node)
        #expect(node.orders.isEmpty)
        #expect(node.entries.isEmpty)
        #expect(desk.facts.decision?.regime == .calm)
    }

    @Test("a storm's quotas come once, with what made them", arguments: [false, true])
    func storm(answersAtOnce: Bool) throws {
        let node = FakeNode(answersAtOnce: answersAtOnce), desk = node.desk(Self.policy())
        var market = FakeMarket()
        market.go(120, by: Self.calm, desk, node)
        market.go(10, by: Self.wild, desk, node)
        #expect(node.orders.count == 1)
        #expect(ceiling(node.orders.first) == .percent(10))
        let entry = try #require(node.entries.first { !$0.quotas.isEmpty })
        #expect(entry.regime == .storm)
        #expect(entry.reason?.contains("btc: volatility") == true)
        #expect(entry.markets.first?.volatility ?? 0 > 120)
        #expect(entry.microseconds != nil)
        #expect(desk.facts.changes == 1)
    }

    @Test("what is followed is renewed before it lapses, and that is no news")
    func renewal() {
        let node = FakeNode(), desk = node.desk(Self.policy(dwell: 30))
        var market = FakeMarket()
        market.go(1800, by: Self.calm, desk, node)
        market.go(1200, by: Self.wild, desk, node)
        let (told, before) = (node.entries.count, node.orders.count)
        market.go(60, by: Self.wild, desk, node)
        #expect((2...3).contains(node.orders.count - before), "\(node.orders.count) orders")
        #expect(Set(node.orders.map { ceiling($0)?.description }) == ["10%"])
        #expect(desk.facts.changes == 1)
        #expect(node.entries.count == told, "\(node.entries.map(\.text).joined(separator: "\n"))")
    }

    @Test("while the node has not answered it is told nothing more")
    func waiting() {
        let node = FakeNode(), desk = node.desk(Self.policy())
        var market = FakeMarket()
        market.go(60, by: Self.calm, desk, node)
        // Its answers are not asked for.
        let deaf = FakeNode()
        market.go(30, by: Self.wild, desk, deaf)
        #expect(node.orders.count == 1)
        node.answer()
        #expect(desk.facts.changes == 1)
    }

    @Test("a step that the node refuses has not been taken: it is told why, and tried again")
    func refusal() throws {
        let node = FakeNode(), desk = node.desk(Self.policy())
        var market = FakeMarket()
        market.go(60, by: Self.calm, desk, node)
        node.refuse("the kernel is busy")
        market.go(5, by: Self.wild, desk, node)
        #expect(node.orders.count > 2)
        #expect(desk.facts.changes == 0)
        #expect(desk.facts.trouble?.contains("the kernel is busy") == true)
        #expect(node.entries.filter { $0.blocker?.contains("the kernel is busy") == true }.count == 1)
        node.refuse(nil)
        market.go(2, by: Self.wild, desk, node)
        #expect(desk.facts.changes == 1)
        #expect(desk.facts.trouble == nil)
        #expect(ceiling(node.orders.last) == .percent(10))
    }

    @Test("what is followed is kept alive while the node refuses what should come after it")
    func refusedRelease() throws {
        let node = FakeNode(), desk = node.desk(Self.policy(release: 50))
        var market = FakeMarket()
        market.go(60, by: Self.calm, desk, node)
        market.go(10, by: Self.wild, desk, node)
        let storm = try #require(node.orders.last)
        node.refuse { $0 == storm ? nil : "an operator's figures leave no room" }
        var (kept, longest) = (market.now, Int64(0))
        for _ in 0..<7200 {
            let before = node.orders.count
            market.go(1, by: Self.calm, desk, node)
            if node.orders[before...].contains(storm) {
                longest = max(longest, market.now - kept)
                kept = market.now
            }
        }
        #expect(node.orders.contains { $0 != storm }, "the release has begun")
        #expect(max(longest, market.now - kept) <= 30_000_000_000)
        #expect(desk.facts.changes == 1)
        #expect(desk.facts.trouble?.contains("leave no room") == true)
        // From where it is, and not from where it would have been by now.
        node.refuse(nil)
        market.go(30, by: Self.calm, desk, node)
        guard case .percent(let percent)? = ceiling(node.orders.last) else { throw NodeError("no share") }
        #expect((11...45).contains(percent))
        #expect(desk.facts.trouble == nil)
    }

    @Test("schedules that do not fit together, or that the node refuses, do not keep the market waiting")
    func schedulesInTheWay() throws {
        func always(_ name: String, _ quotas: Quotas) -> Schedule {
            Schedule(name: name, cron: "* * * * *", timeZone: "UTC", duration: .seconds(60), quotas: quotas)
        }
        func guarantee(_ name: String) -> Quotas {
            Quotas(classes: [name: Policy.ClassQuota(guarantee: .percent(40), ceiling: nil)])
        }
        let schedules = [always("first", guarantee("orders")), always("second", guarantee("settlement"))]
        let node = FakeNode(answersAtOnce: true), desk = node.desk(Self.policy(schedules: schedules))
        var market = FakeMarket()
        market.go(60, by: Self.calm, desk, node)
        #expect(node.orders.last?.map(\.className) == ["orders"])
        #expect(desk.facts.trouble?.hasPrefix("schedule second does not fit over those before it") == true)
        #expect(node.entries.last?.schedules?.first?.hasPrefix("first until ") == true)

        node.refuse { $0.contains { $0.className == "orders" } ? "an operator's figures leave no room" : nil }
        market.go(10, by: Self.wild, desk, node)
        #expect(node.followed.map(\.className) == ["bulk"])
        #expect(desk.facts.trouble?.contains("leave no room") == true)
    }

    @Test("when the storm is over, quotas come back step by step, and in the end nothing is over the file")
    func release() {
        let node = FakeNode(), desk = node.desk(Self.policy(release: 50))
        var market = FakeMarket()
        market.go(60, by: Self.calm, desk, node)
        market.go(60, by: Self.wild, desk, node)
        market.go(4 * 3600, by: Self.calm, desk, node)
        let ceilings = node.orders.map { ceiling($0) }
        #expect(ceilings.first == .percent(10))
        #expect(ceilings.last == .some(nil))
        let steps = ceilings.compactMap { if case .percent(let percent)? = $0 { percent } else { nil } }
        #expect(steps == steps.sorted())
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $1 - $0 <= 50 })
        #expect(desk.facts.decision?.regime == .calm)
    }

    @Test("a feed that falls silent in a storm holds it, and that is told once")
    func silence() {
        let node = FakeNode(), desk = node.desk(Self.policy())
        var market = FakeMarket()
        market.go(60, by: Self.calm, desk, node)
        market.go(30, by: Self.wild, desk, node)
        market.beSilent(7200, desk, node)
        #expect(desk.facts.decision?.regime == .extreme)
        #expect(node.orders.allSatisfy { ceiling($0) == .percent(10) })
        #expect(node.entries.filter { $0.markets.first?.alarm?.contains("stale") == true }.count == 1)
    }

    @Test("prices that cannot be are told once, with the first of them and the one before")
    func impossible() {
        let node = FakeNode(), desk = node.desk(Self.policy())
        var market = FakeMarket()
        market.say(30_000, desk, node)
        market.say(60_000, desk, node)
        market.say(-0.5, desk, node)
        #expect(
            node.entries.map { $0.markets.first?.alarm } == ["feed desk has an impossible price (60000 after 30000)"])
    }

    @Test("a desk that is opened again in a storm goes on with it")
    func restart() throws {
        let node = FakeNode()
        var market = FakeMarket()
        let first = node.desk(Self.policy())
        market.go(60, by: Self.calm, first, node)
        market.go(10, by: Self.wild, first, node)
        let memory = try JSONDecoder().decode(MarketMemory.self, from: JSONEncoder().encode(try #require(node.memory)))

        let kept = FakeNode(), second = kept.desk(Self.policy(), memory: memory, followed: node.orders[0])
        market.beSilent(1, second, kept)
        #expect(second.facts.decision?.regime == .extreme)
        #expect(kept.orders.isEmpty || kept.orders.allSatisfy { $0 == node.orders[0] })

        let lapsed = FakeNode(), third = lapsed.desk(Self.policy(), memory: memory, followed: [])
        market.beSilent(1, third, lapsed)
        #expect(ceiling(lapsed.orders.first) == .percent(10))
    }

    @Test("another policy in a storm is followed at once")
    func otherPolicy() {
        let node = FakeNode(), desk = node.desk(Self.policy())
        var market = FakeMarket()
        market.go(60, by: Self.calm, desk, node)
        market.go(10, by: Self.wild, desk, node)
        desk.stand(on: Self.policy(bulk: 5), followed: node.orders[0], at: market.now)
        node.answer()
        #expect(ceiling(node.orders.last) == .percent(5))
        #expect(desk.facts.decision?.regime == .extreme)
        var bare = Self.policy()
        bare.volatility = nil
        desk.stand(on: bare, followed: node.orders.last ?? [], at: market.now)
        node.answer()
        #expect(node.orders.last == [])
    }

    @Test("what another process took away is put back")
    func takenAway() {
        let node = FakeNode(), desk = node.desk(Self.policy())
        var market = FakeMarket()
        market.go(60, by: Self.calm, desk, node)
        market.go(10, by: Self.wild, desk, node)
        let orders = node.orders.count
        desk.stand(on: Self.policy(), followed: [], at: market.now)
        node.answer()
        #expect(node.orders.count == orders + 1)
        #expect(ceiling(node.orders.last) == .percent(10))
    }

    @Test("a schedule holds from its time to its end, and the market's shares go over it")
    func schedule() {
        // 2023-11-14 22:13:20 UTC is when the fake market begins.
        let funding = Schedule(
            name: "funding", cron: "15 22 * * *", timeZone: "UTC", duration: .seconds(300),
            quotas: Quotas(classes: ["bulk": Policy.ClassQuota(guarantee: nil, ceiling: .percent(60))]))
        let node = FakeNode(), desk = node.desk(Self.policy(schedules: [funding], dwell: 60))
        var market = FakeMarket()
        market.go(90, by: Self.calm, desk, node)
        #expect(node.orders.isEmpty)
        market.go(30, by: Self.calm, desk, node)
        #expect(Set(node.orders.map { ceiling($0)?.description }) == ["60%"])
        #expect(node.orders[0][0].reason == "schedule: funding until 2023-11-14T22:20:00Z")
        market.go(10, by: Self.wild, desk, node)
        #expect(ceiling(node.orders.last) == .percent(10))
        market.go(600, by: Self.wild, desk, node)
        #expect(node.orders.last?.count == 1)
        #expect(ceiling(node.orders.last) == .percent(10))
    }

    @Test("schedules need no market")
    func scheduleAlone() {
        var policy = Build.example
        policy.schedules = [
            Schedule(
                name: "always", cron: "* * * * *", timeZone: "UTC", duration: .seconds(60),
                quotas: Quotas(classes: ["bulk": Policy.ClassQuota(guarantee: nil, ceiling: .percent(60))]))
        ]
        let node = FakeNode(), desk = node.desk(policy)
        var market = FakeMarket()
        market.beSilent(2, desk, node)
        #expect(ceiling(node.orders.first) == .percent(60))
        #expect(node.entries.first?.regime == nil)
    }
}
