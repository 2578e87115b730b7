import Foundation
import Policy
import Testing

@testable import Market

@Suite("Markets over time")
struct MarketWatchTests {
    @Test("Two waves with a lull between are one storm, which then ends a state at a time")
    func waves() throws {
        var (watch, now) = (MarketWatch(.oneMarket), start)
        #expect(watch.live(180, at: 40, from: &now).allSatisfy { $0.regime == .calm })
        let wave = watch.live(15, at: 600, from: &now)
        #expect(wave.last?.regime == .extreme)
        let lull = watch.live(14, at: 40, from: &now)
        #expect(try #require(lull.last?.markets[0].volatility) < 280)
        #expect(lull.allSatisfy { $0.regime == .extreme })
        #expect(lull.last?.blocker != nil)
        #expect(watch.live(10, at: 600, from: &now).allSatisfy { $0.regime == .extreme })

        let after = watch.live(180, at: 40, from: &now)
        let news = after.filter(\.isNews)
        #expect(news.map(\.regime) == [.storm, .elevated, .calm])
        for (one, next) in zip(news, news.dropFirst()) { #expect(next.time - one.time >= 15 * minute) }
    }

    @Test("The baseline is frozen outside calm")
    func frozen() throws {
        var (watch, now) = (MarketWatch(.oneMarket), start)
        let before = try #require(watch.live(120, at: 40, from: &now).last?.markets[0].baseline)
        #expect(abs(before - 40) < 0.01)
        let during = try #require(watch.live(600, at: 300, from: &now).last?.markets[0].baseline)
        #expect(during == before)
    }

    @Test("Who comes into a storm sees it, does not take it for usual, and sees the next one")
    func beginsInStorm() throws {
        var (watch, now) = (MarketWatch(.oneMarket), start)
        #expect(watch.live(9, at: 300, from: &now).last?.regime == .calm)
        #expect(watch.live(3, at: 300, from: &now).last?.regime == .storm)
        _ = watch.live(168, at: 300, from: &now)
        #expect(watch.live(180, at: 40, from: &now).last?.regime == .calm)
        #expect(try #require(watch.live(1, at: 40, from: &now).last?.markets[0].baseline) < 81)
        #expect(watch.live(15, at: 300, from: &now).last?.regime == .storm)
    }

    @Test("A market that is always wild is calm once its baseline is known")
    func alwaysWild() {
        var (watch, now) = (MarketWatch(.oneMarket), start)
        #expect(watch.live(59, at: 90, from: &now).last?.regime == .elevated)
        #expect(watch.live(30, at: 90, from: &now).last?.regime == .calm)
    }

    @Test("A feed that dies in a storm holds it, and when it is back the storm ends no sooner than it may")
    func death() {
        var (watch, now) = (MarketWatch(.oneMarket), start)
        _ = watch.live(120, at: 40, from: &now)
        #expect(watch.live(10, at: 200, from: &now).last?.regime == .storm)
        let silence = watch.live(1000, at: nil, from: &now)
        #expect(silence.allSatisfy { $0.regime == .storm })
        #expect(silence.dropFirst(2).allSatisfy { $0.markets[0].alarm == .stale(feed: "a") && $0.markets[0].isHeld })
        #expect(silence.last?.blocker == "btc: feed a is stale")
        let back = watch.live(16, at: 40, from: &now)
        #expect(back.allSatisfy { $0.markets[0].alarm == nil && !$0.markets[0].isHeld })
        #expect(back.dropLast(2).allSatisfy { $0.regime == .storm })
        #expect(back.last?.regime == .elevated)
    }

    @Test("A feed that says nothing from the start is stale, and says so")
    func silence() {
        var (watch, now) = (MarketWatch(.oneMarket), start)
        #expect(watch.look(at: now).markets[0].alarm == nil)
        now += 15 * second
        let decision = watch.look(at: now)
        #expect(decision.markets[0].alarm == .stale(feed: "a") && decision.regime == .calm)
        #expect(decision.reason == "btc: no price yet")
    }

    @Test("The worst of several markets decides, and is named")
    func worst() {
        var (watch, now) = (MarketWatch(.twoMarkets), start)
        _ = watch.live(120, at: 40, 40, from: &now)
        let decision = watch.live(10, at: 40, 500, from: &now).last
        #expect(decision?.regime == .extreme && decision?.markets.map(\.regime) == [.calm, .extreme])
        #expect(decision?.reason.hasPrefix("eth: volatility ") == true)
        #expect(decision?.reason.hasSuffix("% is 400% or more") == true)
    }

    @Test("Of a market with two feeds the one that is alive decides")
    func twoFeeds() {
        var (watch, now) = (MarketWatch(.twoFeeds), start)
        _ = watch.live(120, at: 40, 40, from: &now)
        #expect(watch.live(10, at: 40, 200, from: &now).last?.regime == .storm)
        let decisions = watch.live(60, at: 40, nil, from: &now)
        #expect(decisions.last?.regime == .calm)
        #expect(decisions.last?.markets[0].alarm == .stale(feed: "b"))
        #expect(decisions.last?.markets[0].isHeld == false)
    }

    @Test("Another goes on in the storm where one stopped")
    func restart() throws {
        var (watch, now) = (MarketWatch(.oneMarket), start)
        _ = watch.live(180, at: 40, from: &now)
        _ = watch.live(30, at: 300, from: &now)
        let snapshot = try JSONDecoder().decode(MarketSnapshot.self, from: JSONEncoder().encode(watch.snapshot))
        var other = MarketWatch(.oneMarket, from: snapshot)
        #expect(other.look(at: now).regime == .storm)
        var (here, there) = (now, now)
        let expected = watch.live(200, at: 50, from: &here)
        let decisions = other.live(200, at: 50, from: &there)
        #expect(decisions.map(\.regime) == expected.map(\.regime))
        for (one, other) in zip(expected, decisions) {
            let volatility = try #require(one.markets[0].volatility)
            #expect(abs(try #require(other.markets[0].volatility) / volatility - 1) < 1e-9)
        }
        #expect(decisions.last?.regime == .calm)
    }

    @Test("A snapshot of other markets, or of nonsense, is passed over")
    func foreignSnapshot() {
        let nonsense = FeedState(
            time: 0, price: -1, variance: .nan, weight: 7, baseline: nil, baselineSeconds: -1, medianRate: nil,
            minutes: .max)
        var watch = MarketWatch(.oneMarket, from: MarketSnapshot(markets: [:], feeds: ["a": nonsense]))
        #expect(watch.look(at: start).regime == .calm)
    }
}
