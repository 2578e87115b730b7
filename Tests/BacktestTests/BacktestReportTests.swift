import Testing

@testable import Backtest
@testable import Policy

@Suite("The report of a backtest")
struct BacktestReportTests {
    private func report(_ files: [BarFile], _ policies: [Policy]) -> BacktestReport {
        BacktestReport(
            files, policies.enumerated().map { (name: "p\($0 + 1).yaml", replay: Tapes.replay(files, $1)) })
    }

    @Test("has every change with its time, figures and quotas, and totals that add up")
    func figures() throws {
        let report = report([Tapes.crash()], [Tapes.policy()])
        let file = report.files[0]
        #expect(file.from == "2023-11-14T22:14:00Z" && file.until == "2023-11-15T07:34:00Z")
        #expect(file.bars == 560 && file.stepSeconds == 60 && file.missing == 0)
        let run = report.policies[0]
        #expect(run.looks == 560 && run.storms == 1 && run.alarms == 0)
        let seconds = Regime.allCases.map { run.secondsIn[$0] }
        #expect(seconds.reduce(0, +) == 559 * 60)
        #expect(seconds[0] > 2 * 3600 && seconds[1...].allSatisfy { $0 > 0 })
        let storm = try #require(run.changes.first { $0.to == "storm" || $0.to == "extreme" })
        #expect(storm.volatility ?? 0 > 80 && storm.price ?? 0 > 1 && storm.messageRate == 4100)
        #expect(storm.quotasReached == storm.time)
        // 190 mbit of link, perp has 95 of it.
        let bulk = try #require(storm.quotas.first { $0.slice == "perp" && $0.class == "bulk" })
        #expect(bulk.ceilingBitsPerSecond == 19_000_000 && bulk.calmCeilingBitsPerSecond == 95_000_000)
        let data = try #require(storm.quotas.first { $0.slice == "perp" && $0.class == "market-data" })
        #expect(data.guaranteeBitsPerSecond == 38_000_000 && data.calmGuaranteeBitsPerSecond == 23_750_000)
        #expect(Set(storm.quotas.map(\.slice)) == ["perp", "(common)"])
        #expect(run.worst?.volatility ?? 0 >= storm.volatility ?? .infinity)
    }

    @Test("has two policies side by side")
    func compared() {
        let report = report([Tapes.crash(trades: false)], [Tapes.policy(), Tapes.policy(bulk: 50)])
        #expect(report.policies.map(\.policy) == ["p1.yaml", "p2.yaml"])
        #expect(report.policies[0].changes.map(\.time) == report.policies[1].changes.map(\.time))
        #expect(report.policies[0].changes != report.policies[1].changes)
        #expect(report.policies[0].changes.allSatisfy { $0.messageRate == nil })
    }

    @Test("of two policies says which figures are not the same with both")
    func differences() {
        let report = report([Tapes.crash()], [Tapes.policy(), Tapes.policy(bulk: 50)])
        #expect(report.differences.map(\.slice) == ["perp"])
        #expect(report.differences.map(\.class) == ["bulk"] && report.differences.map(\.figure) == ["ceiling"])
        #expect(report.differences[0].ranges.map { $0?.leastBitsPerSecond } == [19_000_000, 95_000_000])
        #expect(Set(report.differences[0].ranges.map { $0?.mostBitsPerSecond }).count == 1)
        #expect(self.report([Tapes.crash()], [Tapes.policy(), Tapes.policy()]).differences.isEmpty)
        #expect(self.report([Tapes.crash()], [Tapes.policy()]).differences.isEmpty)
    }

    @Test("writes moments and figures as people do")
    func texts() {
        #expect(UTC(0).iso == "1970-01-01T00:00:00Z")
        #expect(UTC(951_782_400_000_000_000).iso == "2000-02-29T00:00:00Z")
        #expect(UTC(-1).iso == "1969-12-31T23:59:59Z")
        #expect(UTC(1_618_715_880_000_000_000).iso == "2021-04-18T03:18:00Z")
        #expect(fixed(-0.004, 2) == "0.00" && fixed(-1.005, 1) == "-1.0" && fixed(0.5, 0) == "1")
        #expect(grouped(1_234_567.891, 2) == "1,234,567.89" && grouped(-1000, 0) == "-1,000" && grouped(12, 0) == "12")
        #expect(spanText(45) == "45s" && spanText(119) == "119s" && spanText(3600) == "60m")
        #expect(spanText(86400) == "24h" && spanText(7199.9) == "119m" && spanText(2019.5 * 86400) == "2019d")
        #expect(priceText(7254.88) == "7254.88" && priceText(0.0001234) == "0.00012340")
    }
}
