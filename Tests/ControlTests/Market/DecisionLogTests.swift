import Foundation
import Testing

@testable import Control
@testable import Market
@testable import Policy

@Suite("the log of decisions")
struct DecisionLogTests {
    private static func entry(_ number: Int) -> DecisionEntry {
        DecisionEntry(
            time: Int64(1_700_000_000 + number) * 1_000_000_000, regime: .storm, former: .calm,
            markets: [
                MarketReading(
                    name: "btc", regime: .storm, price: 36000.5, volatility: 512.4, baseline: 40, messageRate: 1200,
                    rateMultiple: 6.5, impliedVolatility: nil, alarm: .stale(feed: "desk"), isHeld: true)
            ], reason: "btc: number \(number)", schedules: ["funding until noon"], blocker: "wait",
            quotas: ["perp bulk: ceiling 95mbit -> 20mbit"],
            microseconds: 300)
    }

    private static func withLog(mostBytes: Int = 1 << 20, _ body: (DecisionLog, String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "decisions-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(DecisionLog(path: "\(folder)/log", mostBytes: mostBytes), "\(folder)/log")
    }

    @Test("gives the last ones, oldest first")
    func last() throws {
        try Self.withLog { log, _ in
            #expect(log.entries(last: 5).isEmpty)
            for number in 0..<10 { try log.add(Self.entry(number)) }
            #expect(log.entries(last: 3) == [7, 8, 9].map(Self.entry))
            #expect(log.entries(last: 100).count == 10)
        }
    }

    @Test("is in two files of a limited size, and keeps the newest")
    func limited() throws {
        let size = try JSONEncoder().encode(Self.entry(0)).count
        try Self.withLog(mostBytes: 10 * size) { log, path in
            for number in 0..<1000 { try log.add(Self.entry(number)) }
            let bytes = [path, path + ".1"].reduce(0) {
                $0 + (((try? FileManager.default.attributesOfItem(atPath: $1)[.size]) as? Int) ?? 0)
            }
            #expect(bytes < 30 * size)
            #expect(log.entries(last: 5) == [995, 996, 997, 998, 999].map(Self.entry))
        }
    }

    @Test("passes over what is no entry")
    func damaged() throws {
        try Self.withLog { log, path in
            try log.add(Self.entry(1))
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.seekToEnd()
            try file.write(contentsOf: Data("{\"half\": \n\u{0}\n".utf8))
            try file.close()
            try log.add(Self.entry(2))
            #expect(log.entries(last: 5) == [1, 2].map(Self.entry))
        }
    }

    @Test("an entry is one line for people")
    func text() {
        #expect(
            Self.entry(0).text == "2023-11-14T22:13:20.000Z | calm -> storm | btc storm, price 36000.50, "
                + "volatility 512%, baseline 40%, messages 1200/min, 6.5x the median, feed desk is stale | "
                + "btc: number 0 | schedule funding until noon | held: wait | perp bulk: ceiling 95mbit -> 20mbit")
    }

    @Test(
        "numbers are rounded as people do",
        arguments: [(0.0, 2, "0.00"), (2.5, 2, "2.50"), (99.999, 2, "100.00"), (-0.125, 1, "-0.1"), (7.6, 0, "8")])
    func numbers(value: Double, places: Int, text: String) {
        #expect(rounded(value, places) == text)
    }
}
