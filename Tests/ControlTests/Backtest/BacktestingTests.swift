import Foundation
import Testing

@testable import Control

@Suite("A backtest")
struct BacktestingTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "backtest-\(UUID().uuidString)")

    private static let policy = """
        apiVersion: shaper/v1
        node: ny
        underlay: {interface: u0, address: 192.0.2.1, rate: 200mbit}
        classes:
          - {name: liquidation, lane: express, ceiling: 10%}
          - {name: bulk, guarantee: 5%, default: true}
        slices: [{name: perp, vni: 4201, guarantee: 50%, ceiling: 100%, ports: [p1]}]
        peers: [{name: ldn, address: 192.0.2.2, slices: [perp]}]

        """
    private static let volatility = """
        volatility:
          feeds: [{name: prices, format: ndjson, file: /run/prices}]
          markets: [{name: btc, feeds: [prices]}]
          regimes: {storm: {classes: {bulk: {ceiling: 10%}}}}

        """

    private func write(_ text: String, _ name: String) throws -> String {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appending(path: name).path(percentEncoded: false)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// An hour of calm, then half an hour of large moves.
    private func bars(_ name: String = "bars.csv", hoursLater: Int = 0) throws -> String {
        let lines = (0..<90).map { minute in
            let high = minute < 60 ? "100.01" : "101"
            return "\(1_700_000_040_000 + (minute + hoursLater * 60) * 60000),100,\(high),100,100,1,10"
        }
        return try write(
            (["open_time_ms,open,high,low,close,volume,trades"] + lines).joined(separator: "\n"), name)
    }

    private func checked(_ text: String) throws -> CheckedPolicy {
        try CheckedPolicy(PolicyFile(reading: try write(text, "policy.yaml")))
    }

    @Test("says of a picture where it is, or before the replay why it cannot be")
    func plot() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let policy = try write(Self.policy + Self.volatility, "policy.yaml")
        let command = "'\(RunningCommand.shaperctl)' backtest --policy '\(policy)' --bars '\(try bars())' --plot"
        let path = folder.appending(path: "plot.svg").path(percentEncoded: false)
        #expect(try shell("\(command) '\(path)' 2>&1 >/dev/null") == "\(path) is drawn\n")
        #expect(
            try shell("\(command) /nodir/x.svg 2>&1; echo $?") == """
                error: /nodir/x.svg cannot be written: there is no folder /nodir
                remedy: mkdir -p /nodir, or name another file
                1

                """)
    }

    @Test("says the same as text, as JSON and as a picture, each time")
    func outcomes() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let policy = try checked(Self.policy + Self.volatility)
        let bars = try bars()
        var parts: [Double] = []
        let one = try Backtesting([policy, policy], bars: [bars]) { parts.append($0) }
        let other = try Backtesting([policy, policy], bars: [bars])
        #expect(try one.report.json() == other.report.json())
        #expect(one.report.text == other.report.text)
        #expect(parts == parts.sorted())

        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(try one.report.json().utf8)) as? [String: Any])
        let runs = try #require(json["policies"] as? [[String: Any]])
        #expect(runs.count == 2)
        #expect(
            Set(runs[0].keys) == [
                "policy", "node", "looks", "watches", "changes", "schedules", "seconds_in", "storms", "worst", "alarms",
            ])
        #expect(one.report.text.contains("warning: the baseline had only 60m of 24h at the first change, "))
        let change = try #require((runs[0]["changes"] as? [[String: Any]])?.first { $0["to"] as? String == "extreme" })
        #expect(change["time"] as? String ?? "" > "2023-11-14T23:15:00Z")
        let quota = try #require((change["quotas"] as? [[String: Any]])?.first)
        #expect(quota["class"] as? String == "bulk" && quota["slice"] as? String == "perp")
        #expect(quota["ceiling_bits_per_second"] as? Int == 19_000_000)
        #expect(quota["calm_ceiling_bits_per_second"] as? Int == 190_000_000)
        #expect(one.report.text.contains("perp bulk, ceiling 19mbit (calm 190mbit)"))
        #expect(one.report.text.contains("bars.csv: 90 bars of 1m, 2023-11-14T22:14:00Z to 2023-11-14T23:44:00Z"))

        for name in ["plot.svg", "plot.html"] {
            let path = folder.appending(path: name).path(percentEncoded: false)
            try one.plot(to: path)
            #expect(try String(contentsOfFile: path, encoding: .utf8).contains("<svg xmlns="))
            #expect(
                try String(contentsOfFile: path, encoding: .utf8).hasPrefix("<!DOCTYPE html>") == (name == "plot.html"))
        }
        let error = #expect(throws: NodeError.self) { try one.plot(to: "/nowhere/plot.svg") }
        #expect(error?.message.hasPrefix("/nowhere/plot.svg cannot be written") == true)
    }

    @Test("puts two policies side by side, and plays their schedules")
    func compared() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let schedules = """
            schedules:
              - {name: funding, cron: "20 * * * *", timeZone: UTC, duration: 5m, classes: {bulk: {ceiling: 30%}}}

            """
        let one = try checked(Self.policy + Self.volatility)
        let path = try write(Self.policy + Self.volatility + schedules, "other.yaml")
        let report = try Backtesting([one, CheckedPolicy(PolicyFile(reading: path))], bars: [try bars()]).report
        let lines = report.text.split(separator: "\n").map(String.init)
        let table = try #require(lines.firstIndex { $0.hasPrefix("COMPARED") })
        #expect(lines[table + 1].hasPrefix("changes"))
        #expect(lines.contains("2023-11-14T22:20:00Z  schedule funding until 2023-11-14T22:25:00Z"))
        #expect(lines.contains("    perp bulk, ceiling 57mbit (calm 190mbit)"))
        #expect(lines.contains("2023-11-14T22:25:00Z  schedule funding has ended"))
        #expect(lines.contains { $0.hasPrefix("no quota differs") })
        let page = folder.appending(path: "plot.html").path(percentEncoded: false)
        try Backtesting([CheckedPolicy(PolicyFile(reading: path))], bars: [try bars()]).plot(to: page)
        #expect(try String(contentsOfFile: page, encoding: .utf8).contains("schedule funding has ended"))
    }

    @Test("says where bars are missing for long, and that the market is watched anew")
    func gaps() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = [try bars(), try bars("later.csv", hoursLater: 9), try bars("years.csv", hoursLater: 24000)]
        let report = try Backtesting([try checked(Self.policy + Self.volatility)], bars: files).report
        for line in [
            "gap of 7h between 2023-11-14T23:44:00Z and 2023-11-15T07:14:00Z: the market is watched anew",
            "gap of 999d between 2023-11-15T08:44:00Z and 2026-08-10T22:14:00Z: the market is watched anew",
        ] {
            #expect(report.text.split(separator: "\n").contains { $0 == line }, "\(report.text)")
        }
    }

    @Test("needs a volatility section, and bars that can be read")
    func refused() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let bars = try bars()
        let calm = try checked(Self.policy)
        var error = #expect(throws: NodeError.self) { try Backtesting([calm], bars: [bars]) }
        #expect(
            error?.message.hasSuffix("policy.yaml has no volatility section, so that no market changes anything")
                == true)
        #expect(error?.remedy != nil)
        let policy = try checked(Self.policy + Self.volatility)
        error = #expect(throws: NodeError.self) { try Backtesting([policy], bars: [bars, bars + "x"]) }
        #expect(error?.message == bars + "x: cannot be read: No such file or directory")
    }
}
