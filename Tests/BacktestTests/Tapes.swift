import Foundation
import Market
import PolicySamples
import Testing

@testable import Backtest
@testable import Policy

/// Bars and policies for the tests of this room.
enum Tapes {
    static let minute: Int64 = 60_000_000_000
    static let start: Int64 = 1_700_000_040_000_000_000

    /// Four hours of calm, twenty minutes of a crash, and five hours in which it calms down.
    static func crash(name: String = "crash.csv", seed: UInt64 = 1, trades: Bool = true) -> BarFile {
        var generator = SplitMix64(state: seed)
        var price = 50000.0
        let bars = (0..<560).map { index in
            let size = (240..<260).contains(index) ? 0.02 : 0.0002
            let move = Double.random(in: -size...size, using: &generator) - ((240..<250).contains(index) ? 0.01 : 0)
            let (open, close) = (price, price * (1 + move))
            price = close
            return Bar(
                time: start + Int64(index) * minute, step: minute, open: open, high: max(open, close) * (1 + size / 4),
                low: min(open, close) * (1 - size / 4), close: close, volume: 1,
                trades: trades ? 100 + ((240..<260).contains(index) ? 4000 : 0) : nil)
        }
        return BarFile(name: name, bars: bars, step: minute)
    }

    static func policy(bulk: Double = 10, release: Double = 5) -> Policy {
        var policy = Build.example
        policy.classes[1].guarantee = .percent(20)
        policy.volatility = Volatility(
            feeds: [], markets: [Volatility.Market(name: "btc", feeds: [])],
            quotas: [
                .elevated: Quotas(classes: ["bulk": Policy.ClassQuota(guarantee: nil, ceiling: .percent(60))]),
                .storm: Quotas(
                    classes: [
                        "market-data": Policy.ClassQuota(guarantee: .percent(40), ceiling: nil)
                    ], slices: ["perp": ["bulk": Policy.ClassQuota(guarantee: nil, ceiling: .percent(bulk))]]),
            ], release: release)
        return policy
    }

    static func replay(_ files: [BarFile], _ policy: Policy = policy()) -> Replay {
        Replay(policy, policy.volatility ?? Volatility(feeds: [], markets: []), BarTape(files))
    }

    /// The folder of recorded bars, or nothing, which skips a test: but not where CI is set.
    static let folder: String? = {
        let environment = ProcessInfo.processInfo.environment
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/data")
        let path = (environment["SHAPER_DATA"] ?? folder.standardizedFileURL.path(percentEncoded: false)) + "/bars"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    static var isRequired: Bool { ProcessInfo.processInfo.environment["CI"].map { !$0.isEmpty } ?? false }
}
