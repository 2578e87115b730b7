import FoundationEssentials
import LabProbe
import Testing

@Suite struct StormFiguresTests {
    private static func decisions() throws -> DecisionReport {
        try JSONDecoder().decode(
            DecisionReport.self,
            from: Data(
                #"""
                {"decisions": [
                  {"time": "1970-01-01T00:01:44.000Z", "regime": "storm", "markets": [{"price": 30000.4, "volatility": 190.6}],
                   "quotas": ["perp bulk: ceiling 190mbit -> 19mbit", "perp market-data: guarantee 24mbit -> 38mbit",
                     "spot market-data: guarantee 14mbit -> 23mbit"], "microseconds": 420},
                  {"time": "1970-01-01T00:01:46.000Z", "regime": "storm", "markets": [],
                   "blocker": "btc: it may be left in 5 s", "quotas": []},
                  {"time": "1970-01-01T00:01:47.000Z", "regime": "storm", "markets": [], "quotas": []},
                  {"time": "1970-01-01T00:01:48.000Z", "regime": "calm", "markets": [], "quotas": []}
                ]}
                """#.utf8))
    }

    /// A datagram each 10 ms for ten seconds, from 100 s on, that takes `delay` ns; two are lost.
    private static func trace(_ delay: (Double) -> UInt64) -> DelayTrace {
        DelayTrace(
            (0..<1000).filter { $0 != 500 && $0 != 501 }.map { number in
                let time = 100 + Double(number) / 100
                return DelayTrace.Arrival(
                    sequence: UInt64(number), sentAt: 100_000_000_000 + UInt64(number) * 10_000_000, delay: delay(time))
            })
    }

    private static func counters() -> [TrafficCount] {
        var (bulk, data) = (0.0, 0.0)
        return (0...20).map { half in
            let time = 100 + Double(half) / 2
            defer {
                bulk += time >= 104 && time < 108 ? 1_250_000 : 6_250_000
                data += 2_500_000
            }
            return TrafficCount(time: time, bulk: bulk, marketData: data)
        }
    }

    @Test func `each regime has its own seconds, rates, delays and losses`() throws {
        let figures = try StormFigures(
            source: "s", decisions: Self.decisions(), trace: Self.trace { $0 >= 104 && $0 < 108 ? 30_000 : 20_000 },
            counters: Self.counters())
        #expect(figures.regimes.map(\.regime) == [.calm, .storm])
        #expect(figures.regimes.map(\.seconds) == [6, 4])
        #expect(figures.regimes.map(\.bulkMbit) == [100, 20])
        #expect(figures.regimes.map(\.marketDataMbit) == [40, 40])
        #expect(figures.regimes.map(\.p99Us) == [20, 30])
        #expect(figures.regimes.map(\.lost) == [0, 2])
        #expect(figures.regimes.map(\.sent) == [600, 400])
        #expect(figures.overCalm(.storm) == 1.5 && figures.overCalm(.extreme) == nil && figures.slowestChangeUs == 420)
        #expect(figures.table.contains("p99 is 1.5 times that of calm in storm."))
        #expect(try encodeJSON(figures).contains(#""regime":"storm","seconds":4"#))
    }

    @Test func `nothing measured is an error, never a good figure`() {
        #expect(throws: NothingMeasured.self) {
            try StormFigures(
                source: "s", decisions: Self.decisions(), trace: DelayTrace(), counters: Self.counters())
        }
        #expect(throws: NothingMeasured.self) {
            try StormFigures(source: "s", decisions: Self.decisions(), trace: Self.trace { _ in 1 }, counters: [])
        }
    }

    @Test func `a decision is shown with the quotas as they are from then on`() throws {
        let lines = try Self.decisions().lines
        #expect(lines.count == 3)
        #expect(lines[0].hasPrefix("00:01:44.000Z  storm     price 30000   volatility 191%"))
        #expect(lines[0].contains("bulk at most 19mbit ") && lines[0].contains("market-data at least 38mbit "))
        #expect(lines[0].hasSuffix("in the kernel after 420 µs"))
        #expect(lines[1].hasSuffix("held: btc: it may be left in 5 s"))
        #expect(lines[2].contains("bulk at most 19mbit "))
    }
}
