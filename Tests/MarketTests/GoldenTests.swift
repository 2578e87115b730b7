import Market
import Testing

@Suite("Estimators against independent packages", .enabled(if: MarketData.areExpected, "\(MarketData.comment)"))
struct GoldenTests {
    private static let estimators: [(column: String, make: @Sendable (Int) -> any BarEstimator)] = [
        ("cc0", { CloseToClose(bars: $0, form: .aboutZero) }), ("ccsd", { CloseToClose(bars: $0, form: .aboutMean) }),
        ("ewma", { _ in RiskMetrics() }), ("pk", { Parkinson(bars: $0) }),
        ("gk", { GarmanKlass(bars: $0, form: .practical) }), ("gkx", { GarmanKlass(bars: $0, form: .minimumVariance) }),
        ("rs", { RogersSatchell(bars: $0) }), ("yz", { YangZhang(bars: $0) }), ("rv", { RealisedVariance(bars: $0) }),
        ("bpv", { BipowerVariation(bars: $0) }), ("medrv", { MedianRealisedVariance(bars: $0) }),
        ("tpq", { TripowerQuarticity(bars: $0) }), ("zj", { JumpStatistic(bars: $0, form: .ratio) }),
        ("zlog", { JumpStatistic(bars: $0, form: .log) }),
    ]

    @Test("Every value of every estimator on bars is the golden one", arguments: estimators.indices)
    func bars(_ index: Int) throws {
        let (column, make) = Self.estimators[index]
        let rows = try MarketData.rows("golden/bars.csv")
        let place = try #require(Self.header.firstIndex(of: column))
        let tolerance = column == "ewma" ? 1e-7 : 1e-9
        var checked = 0
        for (file, ofFile) in Dictionary(grouping: rows, by: { String($0[0]) }) {
            let bars = try MarketData.bars(file, step: 60)
            for (count, ofCount) in Dictionary(grouping: ofFile, by: { $0[1] }) {
                var estimator = make(try #require(Int(count)))
                var golden: [Int64: Double] = [:]
                for row in ofCount {
                    let value = try #require(Double(row[place]))
                    golden[try #require(Int64(row[2])) * 1_000_000] = value
                }
                for bar in bars {
                    estimator.add(bar)
                    guard let expected = golden[bar.time] else { continue }
                    let value = try #require(estimator.value)
                    #expect(
                        abs(value - expected) <= tolerance * abs(expected), "\(file) \(bar.time): \(value) \(expected)")
                    checked += 1
                }
            }
        }
        #expect(checked == rows.count && checked > 500)
    }

    private static let header = [
        "file", "n", "open_time_ms", "cc0", "ccsd", "ewma", "pk", "gk", "gkx", "rs", "yz", "rv", "bpv", "medrv", "tpq",
        "zj", "zlog",
    ]

    @Test("Every value of the estimators of irregular ticks is the golden one")
    func ticks() throws {
        let bars = try MarketData.bars("btcusd_coinbase_1s_2016-10-07.csv.gz", step: 1)
        let rows = try MarketData.rows("golden/tick.csv")
        #expect(rows.count >= 40)
        for (halfLife, ofHalfLife) in Dictionary(grouping: rows, by: { $0[1] }) {
            var average = TickAverage(halfLife: Int64(try #require(Double(halfLife)) * 1e9))
            var grid = GridVariance(span: 300, step: 10)
            var golden: [Int64: [Double]] = [:]
            for row in ofHalfLife {
                golden[try #require(Int64(row[0])) * 1_000_000] = try row.dropFirst(3).map { try #require(Double($0)) }
            }
            var checked = 0
            for bar in bars {
                average.add(price: bar.close, time: bar.time)
                grid.add(price: bar.close, time: bar.time)
                guard let expected = golden[bar.time] else { continue }
                let values = [try #require(average.value), try #require(average.volatility), try #require(grid.value)]
                for (value, (expected, tolerance)) in zip(values, zip(expected, [1e-7, 1e-7, 1e-9])) {
                    #expect(abs(value - expected) <= tolerance * abs(expected), "\(bar.time): \(value) \(expected)")
                }
                checked += 1
            }
            #expect(checked == ofHalfLife.count)
        }
    }
}
