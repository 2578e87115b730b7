import Glibc
import Market
import Policy

extension Volatility {
    /// Defaults, and one market `btc` with one feed `a`.
    static let oneMarket = Volatility(feeds: [.named("a")], markets: [Market(name: "btc", feeds: ["a"])])
    /// Two markets of a feed each.
    static let twoMarkets = Volatility(
        feeds: [.named("a"), .named("b")],
        markets: [Market(name: "btc", feeds: ["a"]), Market(name: "eth", feeds: ["b"])])
    /// One market with two feeds.
    static let twoFeeds = Volatility(
        feeds: [.named("a"), .named("b")], markets: [Market(name: "btc", feeds: ["a", "b"])])
}

extension Volatility.Feed {
    static func named(_ name: String) -> Self {
        Self(name: name, format: .ndjson, source: .standardInput, symbol: nil, period: defaultPeriod)
    }
}

let second: Int64 = 1_000_000_000
let minute = 60 * second
/// 14 November 2023, a full minute.
let start: Int64 = 1_700_000_040 * second

extension Bar {
    /// The minute that ends at `end`, with a range that is such an annualised volatility (Parkinson), in percent.
    static func minute(endingAt end: Int64, volatility: Double, price: Double = 30_000, trades: Int? = nil) -> Bar {
        let variance = volatility * volatility / 10_000 * 60 / (365 * 86400)
        let half = exp((variance * 4 * log(2.0)).squareRoot() / 2)
        return Bar(
            time: end - 60 * second, step: 60 * second, open: price, high: price * half, low: price / half,
            close: price, volume: 1, trades: trades)
    }
}

extension MarketWatch {
    /// Minutes at a volatility (of each feed's, in percent; nil: the feed is silent), and a look after each.
    mutating func live(_ minutes: Int, at volatilities: Double?..., from now: inout Int64) -> [Decision] {
        (0..<minutes).map { _ in
            now += minute
            for (feed, volatility) in volatilities.enumerated() {
                if let volatility { take(Bar.minute(endingAt: now, volatility: volatility), feed: feed) }
            }
            return look(at: now)
        }
    }
}

/// Numbers that look random, the same each time.
struct Chance {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var mixed = state
        mixed ^= mixed >> 33
        mixed = mixed &* 0xff51_afd7_ed55_8ccd
        return mixed ^ mixed >> 33
    }

    /// 0 to 1.
    mutating func part() -> Double { Double(next() >> 11) / Double(1 << 53) }
}
