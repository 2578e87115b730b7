import Market
import Testing

@testable import Backtest
@testable import Policy

@Suite("A replay")
struct ReplayTests {
    @Test("moves quotas with the market: at once into the storm, slowly out of it, and back to the file's")
    func crash() throws {
        let replay = Tapes.replay([Tapes.crash()])
        #expect(replay.looks.count == 560)
        #expect(replay.looks.first?.time == Tapes.start + Tapes.minute)
        let worst = try #require(replay.changes.firstIndex { $0.look.regime >= .storm })
        let change = replay.changes[worst]
        // It begins with the bar that opens at minute 240.
        #expect(change.look.time <= Tapes.start + 245 * Tapes.minute)
        #expect(change.settled == change.look.time)
        #expect(change.overrides.map(\.className) == ["bulk", "market-data", "bulk"])
        #expect(change.reason.hasPrefix("btc: "))
        // One state at a time, and each at least a quarter of an hour.
        for (one, next) in zip(replay.changes[worst...], replay.changes[worst...].dropFirst())
        where next.look.regime < one.look.regime {
            #expect(next.look.regime == one.look.regime.milder)
            #expect(next.look.time - one.look.time >= 15 * Tapes.minute)
        }
        #expect(replay.changes.last?.look.regime == .calm)
        #expect(replay.moves.last?.overrides.isEmpty == true)
        #expect(replay.changes.last?.settled == replay.moves.last?.time)
        #expect(replay.moves.count > 50)
    }

    @Test("knows a bar at its end, and not before")
    func causal() {
        let whole = Tapes.crash()
        var part = whole
        part.bars.removeLast(310)
        let (long, short) = (Tapes.replay([whole]), Tapes.replay([part]))
        #expect(short.looks == Array(long.looks.prefix(250)))
    }

    @Test("takes files that follow each other as one, in whatever order they are named")
    func sequel() {
        let whole = Tapes.crash()
        let first = BarFile(name: "a.csv", bars: Array(whole.bars[..<200]), step: whole.step)
        let second = BarFile(name: "b.csv", bars: Array(whole.bars[200...]), step: whole.step)
        let tape = BarTape([second, first])
        #expect(tape.stretches.map { $0.feeds.map(\.name) } == [["a"]])
        #expect(tape.stretches[0].feeds[0].bars == whole.bars)
        #expect(Tapes.replay([second, first]).looks == Tapes.replay([whole]).looks)
    }

    @Test("takes files that overlap as feeds beside each other, whose worst decides while both have bars")
    func beside() {
        let calm = BarFile(
            name: "x/calm.csv.gz",
            bars: (0..<100).map {
                Bar(
                    time: Tapes.start + Int64($0) * 5 * Tapes.minute, step: 5 * Tapes.minute, open: 10, high: 10.001,
                    low: 9.999, close: 10, volume: 0, trades: nil)
            }, step: 5 * Tapes.minute)
        let tape = BarTape([Tapes.crash(name: "calm.csv"), calm])
        #expect(tape.stretches.map { $0.feeds.map(\.name) } == [["calm", "calm-2"]])
        let (both, alone) = (Tapes.replay([Tapes.crash(), calm]), Tapes.replay([Tapes.crash()]))
        #expect(
            both.changes.first { $0.look.regime >= .storm }?.look.time
                == alone.changes.first { $0.look.regime >= .storm }?.look.time)
    }

    /// A crash after so many hours, and when it is calm again.
    private func later(_ hours: Int64, name: String) -> BarFile {
        var file = Tapes.crash(name: name)
        for index in file.bars.indices { file.bars[index].time += hours * 60 * Tapes.minute }
        return file
    }

    @Test("of files with years between them is that of each alone, and counts nothing in between")
    func years() throws {
        // The first one ends in a storm: that is nothing to the second.
        var first = Tapes.crash(name: "a.csv")
        first.bars.removeLast(290)
        let second = later(6 * 365 * 24, name: "b.csv")
        let (both, alone) = (Tapes.replay([second, first]), [first, second].map { Tapes.replay([$0]) })
        #expect(alone[0].looks.last?.regime ?? .calm >= .storm)
        #expect(both.watches.map(\.start) == [first.start, second.start])
        #expect(both.looks == alone[0].looks + alone[1].looks)
        #expect(both.changes == alone[0].changes + alone[1].changes)
        #expect(
            both.moves == alone[0].moves + [Replay.Move(time: second.start, overrides: [])] + alone[1].moves)
        let runs = ([both] + alone).map { BacktestReport([first, second], [(name: "p", replay: $0)]).policies[0] }
        for regime in Regime.allCases {
            #expect(runs[0].secondsIn[regime] == runs[1].secondsIn[regime] + runs[2].secondsIn[regime])
        }
        let report = BacktestReport([first, second], [(name: "p", replay: both)])
        #expect(report.gaps.map(\.from) == ["2023-11-15T02:44:00Z"])
        #expect(report.gaps.map(\.until) == ["2029-11-12T22:14:00Z"])

        // As one file with a hole it is the same.
        let whole = BarFile(name: "a.csv", bars: first.bars + second.bars, step: first.step)
        #expect(Tapes.replay([whole]).looks == both.looks)
    }

    @Test("goes on over a gap of hours, and keeps feeds that have bars in the gap of another")
    func hours() {
        let first = Tapes.crash(name: "a.csv")
        let soon = BarTape([first, later(9 + 6, name: "b.csv")])
        #expect(soon.stretches.map { $0.feeds.map(\.name) } == [["a"]])
        let late = later(9 + 7, name: "b.csv")
        #expect(BarTape([first, late]).stretches.map { $0.feeds.map(\.name) } == [["a"], ["b"]])
        let between = later(8, name: "c.csv")
        #expect(BarTape([first, late, between]).stretches.map { $0.feeds.map(\.name) } == [["a", "c", "b"]])
        var sparse = first
        sparse.bars[1...] = late.bars[...]
        #expect(BarTape([sparse, between]).stretches.map { $0.feeds.map(\.name) } == [["a"], ["c", "a"]])
    }

    @Test("is alarmed by a feed between its first bar and its last, and not before and after")
    func alarms() {
        let whole = Tapes.crash(name: "long.csv")
        let short = BarFile(name: "short.csv", bars: Array(whole.bars[100..<120]), step: whole.step)
        #expect(Tapes.replay([whole, short]).looks.allSatisfy { !$0.isAlarmed })
        let sparse = BarFile(
            name: "sparse.csv", bars: Array(whole.bars[100..<120] + whole.bars[160..<170]), step: whole.step)
        let alarmed = Tapes.replay([whole, sparse]).looks.filter(\.isAlarmed)
        // The bar that ends at minute 120 is the last one for three minutes, and the next one ends at 161.
        #expect(alarmed.map(\.time) == (123...160).map { Tapes.start + $0 * Tapes.minute })
    }

    @Test("says what the baseline is from, and warns where that is less than its half-life")
    func baseline() throws {
        let file = Tapes.crash()
        let watch = try #require(
            BacktestReport([file], [(name: "p", replay: Tapes.replay([file]))]).policies[0].watches.first)
        let change = try #require(watch.firstChange)
        #expect(change.hasPrefix("2023-11-15T02:1"))
        #expect((3.9 * 3600...4.1 * 3600).contains(watch.baselineSeconds) && watch.baselineFullSeconds == 86400)
        #expect(
            watch.warning
                == "the baseline had only \(spanText(watch.baselineSeconds)) of 24h at the first change, \(change): "
                + "give earlier bars in front")
        let picture = Picture([file], [(name: "p", replay: Tapes.replay([file]))])
        #expect(picture.svg.contains("Warning: the baseline had only"))

        // A crash that the bars begin with is what is usual.
        var late = file
        late.bars.removeFirst(242)
        let blind = Tapes.replay([late], Tapes.policy(release: 600))
        #expect(BacktestReport([late], [(name: "p", replay: blind)]).policies[0].watches.first?.warning != nil)

        // Enough is enough, and where no level depends on it the baseline does not matter.
        var policy = Tapes.policy()
        policy.volatility?.estimator.baseline = .seconds(3600)
        #expect(
            BacktestReport([file], [(name: "p", replay: Tapes.replay([file], policy))]).policies[0].watches[0].warning
                == nil)
        policy = Tapes.policy()
        for regime in Regime.allCases { policy.volatility?.triggers[regime]?.overBaseline = 0 }
        #expect(
            BacktestReport([file], [(name: "p", replay: Tapes.replay([file], policy))]).policies[0].watches[0].warning
                == nil)
    }

    /// Every four hours for ten minutes, and from two o'clock for an hour and a half.
    private func scheduled() -> Policy {
        var policy = Tapes.policy()
        policy.schedules = [
            Schedule(
                name: "funding", cron: "30 */4 * * *", timeZone: "UTC", duration: .seconds(600),
                quotas: Quotas(classes: ["bulk": Policy.ClassQuota(guarantee: nil, ceiling: .percent(30))])),
            Schedule(
                name: "open", cron: "0 2 * * *", timeZone: "UTC", duration: .seconds(5400),
                quotas: Quotas(classes: ["bulk": Policy.ClassQuota(guarantee: nil, ceiling: .percent(40))])),
        ]
        return policy
    }

    @Test("plays schedules, whose quotas are over the file's and under the market's")
    func schedules() throws {
        let policy = scheduled()
        // From 22:14 to 07:34, the crash from 02:14 on; minutes are counted from 22:00.
        let replay = Tapes.replay([Tapes.crash()], policy)
        #expect(replay.looks == Tapes.replay([Tapes.crash()]).looks)
        func time(_ minute: Int64) -> Int64 { Tapes.start + (minute - 14) * Tapes.minute }
        let expected: [(name: String, time: Int64, end: Int64?)] = [
            ("funding", time(150), time(160)), ("funding", time(160), nil), ("open", time(240), time(330)),
            ("open", time(330), nil), ("funding", time(390), time(400)), ("funding", time(400), nil),
        ]
        #expect(replay.schedules.map(\.name) == expected.map(\.name))
        #expect(replay.schedules.map(\.time) == expected.map(\.time))
        #expect(replay.schedules.map(\.end) == expected.map(\.end))
        #expect(zip(replay.moves, replay.moves.dropFirst()).allSatisfy { $0.time <= $1.time })

        func bulk(_ overrides: [Override], _ slice: String) -> UInt64? {
            ClassRates(policy.applying(overrides)).rows.first { $0.slice == slice && $0.className == "bulk" }?.ceiling
        }
        // 190 mbit of link: 30 % in the common slices, 30 % of 190 in perp.
        #expect(bulk(replay.schedules[0].overrides, "(common)") == 57_000_000)
        #expect(replay.schedules[1].overrides.isEmpty)
        let storm = try #require(replay.changes.first { $0.look.regime >= .storm })
        // `open` has begun, and elevated says 60 %, storm 10 % in perp.
        #expect(bulk(storm.overrides, "(common)") == 114_000_000 && bulk(storm.overrides, "perp") == 19_000_000)
        let calm = try #require(replay.changes.last)
        #expect(calm.look.regime == .calm && bulk(calm.target, "perp") == 95_000_000)
        #expect(replay.moves.last?.overrides.isEmpty == true)
    }

    @Test("says where quotas that come back go to, and when they are there")
    func onTheWay() throws {
        let file = Tapes.crash()
        var policy = Tapes.policy()
        policy.volatility?.quotas[.elevated] = Quotas(
            slices: ["perp": ["bulk": Policy.ClassQuota(guarantee: nil, ceiling: .percent(30))]])
        let run = BacktestReport([file], [(name: "p", replay: Tapes.replay([file], policy))]).policies[0]
        func texts(_ change: BacktestReport.Change) -> [String] { change.texts { "\($0 / 1_000_000)" } }
        let storm = try #require(run.changes.first { $0.from == "calm" })
        #expect(texts(storm).contains("perp bulk, ceiling 19 (calm 95)"), "\(texts(storm))")
        let left = try #require(run.changes.first { $0.from == "storm" && $0.to == "elevated" })
        let reached = try #require(left.quotasReached).dropFirst(11).dropLast()
        #expect(texts(left).contains("perp bulk, ceiling 19, going to 57 by \(reached) (calm 95)"), "\(texts(left))")
        let calm = try #require(run.changes.last)
        let end = try #require(calm.quotasReached).dropFirst(11).dropLast()
        #expect(texts(calm) == ["perp bulk, ceiling 57, going to 95 by \(end)"])
    }

    @Test("is the same every time, report, picture and page")
    func deterministic() {
        let files = [Tapes.crash()]
        let one = Picture(files, [(name: "p.yaml", replay: Tapes.replay(files))])
        let other = Picture(files, [(name: "p.yaml", replay: Tapes.replay(files))])
        #expect(one.svg == other.svg)
        #expect(BacktestReport(files, one.replays) == BacktestReport(files, other.replays))
        #expect(one.page(BacktestReport(files, one.replays)) == other.page(BacktestReport(files, other.replays)))
    }
}
