import FoundationEssentials
import Policy

/// What `shaperctl market log --json` says, as far as it is shown.
package struct DecisionReport: Decodable {
    package var decisions: [Entry]

    package struct Entry: Decodable, Equatable {
        package var time: String
        package var regime: Regime?
        package var markets: [Reading]
        package var blocker: String?
        package var quotas: [String]
        package var microseconds: Int?

        /// Since 1970, s; nil: it is no time.
        package var seconds: Double? {
            try? Date(time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)).timeIntervalSince1970
        }
    }

    package struct Reading: Decodable, Equatable {
        package var price: Double?
        package var volatility: Double?
    }

    /// A line for each change, and for what is in the way of one: when, the regime, the market, and two quotas as they
    /// are from then on.
    package var lines: [String] {
        var bulk = "(file's)"
        var marketData = "(file's)"
        var former: Regime?
        return decisions.compactMap { entry in
            defer { former = entry.regime }
            guard entry.regime != former || !entry.quotas.isEmpty || entry.blocker != nil else { return nil }
            for quota in entry.quotas {
                bulk = Self.figure("ceiling", of: "bulk", in: quota) ?? bulk
                marketData = Self.figure("guarantee", of: "market-data", in: quota) ?? marketData
            }
            let market = entry.markets.first
            let parts = [
                String(entry.time.dropFirst(11)), Self.padded(entry.regime?.rawValue ?? "-", 8),
                "price \(Self.padded(market?.price.map { String(Int($0.rounded())) } ?? "-", 6))",
                "volatility \(Self.padded(market?.volatility.map { "\(Int($0.rounded()))%" } ?? "-", 5))",
                "bulk at most \(Self.padded(bulk, 9))",
                "market-data at least \(Self.padded(marketData, 9))",
            ]
            let outcome =
                entry.microseconds.map { "in the kernel after \($0) µs" } ?? entry.blocker.map { "held: \($0)" }
            return (parts + [outcome].compactMap(\.self)).joined(separator: "  ")
        }
    }

    /// What comes behind the arrow: `perp bulk: guarantee 4mbit -> 2mbit, ceiling 95mbit -> 20mbit`.
    private static func figure(_ name: String, of className: String, in quota: String) -> String? {
        let halves = quota.split(separator: ": ", maxSplits: 1)
        guard halves.count == 2, halves[0] == "perp \(className)" else { return nil }
        let part = halves[1].split(separator: ", ").first { $0.hasPrefix("\(name) ") }
        return part?.split(separator: " -> ").last.map(String.init)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }
}
