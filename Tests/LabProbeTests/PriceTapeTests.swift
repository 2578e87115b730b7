import LabProbe
import Market
import Policy
import Testing

@Suite struct PriceTapeTests {
    private static let now: Int64 = 1_700_000_040_000_000_000
    private static let speed: Int64 = 180

    private static func tape(seed: UInt64) -> PriceTape { PriceTape(SyntheticStorm(seed: seed, end: now)) }

    /// What the demonstration's policy makes of it: regimes as they come, and when, in seconds since it began.
    ///
    /// What the node measures by its own clock is as many times shorter as the market is faster.
    private static func regimes(of tape: PriceTape) -> [(regime: Regime, time: Int64)] {
        let feed = Volatility.Feed(
            name: "btc", format: .ndjson, source: .standardInput, symbol: nil, period: Volatility.Feed.defaultPeriod)
        var watch = MarketWatch(
            Volatility(
                feeds: [feed], markets: [Volatility.Market(name: "btc", feeds: ["btc"])],
                dwell: .seconds(Double(15 * 60 / speed))))
        let start = now
        var regimes: [(regime: Regime, time: Int64)] = []
        for tick in tape.ticks {
            let time = start + max(tick.time - tape.live, 0) / speed
            watch.take(tick, feed: 0, receivedAt: time)
            guard watch.isLookDue(at: time) else { continue }
            let decision = watch.look(at: time)
            if decision.isNews { regimes.append((decision.regime, (time - start) / 1_000_000_000)) }
        }
        return regimes
    }

    @Test func `the same seed gives the same prices, and another one others`() {
        #expect(Self.tape(seed: 1).ticks == Self.tape(seed: 1).ticks)
        #expect(Self.tape(seed: 1).ticks != Self.tape(seed: 2).ticks)
    }

    @Test func `prices come in order, and none is from the future`() {
        let tape = Self.tape(seed: 1)
        #expect(zip(tape.ticks, tape.ticks.dropFirst()).allSatisfy { $0.time < $1.time })
        #expect(tape.ticks.allSatisfy { $0.time < tape.end && $0.price > 0 })
        #expect(tape.end == Self.now && tape.end - tape.live == 7200 * 1_000_000_000)
    }

    @Test(arguments: UInt64(1)...20)
    func `a storm goes from calm to extreme without a release in its lull, and back to calm`(seed: UInt64) {
        let regimes = Self.regimes(of: Self.tape(seed: seed))
        let names = regimes.map(\.regime)
        #expect(names.last == .calm && names.contains(.storm) && names.contains(.extreme))
        // Worse and worse, and then milder and milder.
        let peak = names.firstIndex(of: .extreme) ?? 0
        #expect(zip(names[...peak], names[...peak].dropFirst()).allSatisfy { $0 < $1 })
        #expect(zip(names[peak...], names[peak...].dropFirst()).allSatisfy { $0 > $1 })
        // Calm for the first twelve minutes, and for the last ones that the release needs.
        #expect(regimes.first.map { $0.time >= 4 } == true)
        #expect(regimes.last.map { $0.time <= 37 } == true)
    }
}
