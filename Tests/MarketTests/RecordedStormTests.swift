import Foundation
import Market
import Policy
import Testing

@Suite("Defaults on recorded days", .enabled(if: MarketData.areExpected, "\(MarketData.comment)"))
struct RecordedStormTests {
    /// Regimes at the end of each bar.
    private func regimes(of bars: [Bar], after earlier: [Bar] = []) -> [(time: Int64, regime: Regime)] {
        var watch = MarketWatch(.oneMarket)
        for bar in earlier {
            watch.take(bar, feed: 0)
            _ = watch.look(at: bar.end)
        }
        return bars.map { bar in
            watch.take(bar, feed: 0)
            return (bar.end, watch.look(at: bar.end).regime)
        }
    }

    @Test("12 March 2020 is extreme by 10:40")
    func march2020() throws {
        let start = try time("2020-03-12T10:20:00Z")
        let earlier = try MarketData.bars("btcusdt_spot_5m_2020-03-01_2020-03-12.csv.gz", step: 300)
        let bars = try MarketData.bars("btcusdt_perp_1m_2020-03-12_1020-1120utc.csv", step: 60)
        let regimes = regimes(of: bars, after: earlier.filter { $0.end <= start })
        let deadline = try time("2020-03-12T10:40:00Z")
        print("MARCH", changes(regimes))
        #expect(regimes.contains { $0.regime == .extreme && $0.time <= deadline })
    }

    @Test("18 April 2021 is extreme by 03:23, and there are few storms on the days around it")
    func april2021() throws {
        let regimes = regimes(of: try MarketData.bars("btcusdt_spot_1m_2021-04-16_2021-04-19.csv.gz", step: 60))
        let (day, next) = (try time("2021-04-18T00:00:00Z"), try time("2021-04-19T00:00:00Z"))
        let deadline = try time("2021-04-18T03:23:00Z")
        print("APRIL", changes(regimes), regimes.count { ($0.time <= day || $0.time > next) && $0.regime >= .storm })
        #expect(regimes.contains { $0.time > day && $0.time <= deadline && $0.regime == .extreme })
        #expect(regimes.count { ($0.time <= day || $0.time > next) && $0.regime >= .storm } <= 240)
    }

    @Test("19 May 2021 is extreme by 11:32, and still at the low of 13:10")
    func may2021() throws {
        let regimes = regimes(of: try MarketData.bars("btcusdt_spot_1m_2021-05-15_2021-05-20.csv.gz", step: 60))
        let (start, low) = (try time("2021-05-19T11:32:00Z"), try time("2021-05-19T13:11:00Z"))
        print("MAY", changes(regimes))
        let held = regimes.filter { $0.time >= start && $0.time <= low }
        #expect(held.count == 100 && held.allSatisfy { $0.regime == .extreme })
    }

    @Test("A calm fortnight has at most four storms, and is never extreme")
    func august2023() throws {
        let regimes = regimes(
            of: try MarketData.bars("btcusdt_perp_1m_2023-08-01_2023-08-14_calm.csv.gz", step: 60))
        print("AUGUST", changes(regimes))
        let storms = zip(regimes, regimes.dropFirst()).count { $0.regime < .storm && $1.regime >= .storm }
        #expect(regimes.count > 20_000 && storms <= 4)
        #expect(!regimes.contains { $0.regime == .extreme })
    }
}
func changes(_ r: [(time: Int64, regime: Regime)]) -> String {
    var out = "", last = Regime.calm
    for x in r where x.regime != last {
        out += "\n  \(Date(timeIntervalSince1970: Double(x.time)/1e9)) \(x.regime)"; last = x.regime
    }
    return out
}
