import Glibc
import Market

/// A market made up from a seed, the same each time: a quiet day, then two waves of a crash with a lull between, and calm
/// again. It is nobody's market.
package struct SyntheticStorm {
    /// A stretch of it: minutes, volatility (annualised, in percent), and how much the price goes in each, in percent.
    private struct Phase {
        var minutes: Int
        var volatility: Double
        var drift: Double
    }

    private static let step: Int64 = 60_000_000_000
    /// The quiet before, from which what is usual is learned.
    private static let before = Phase(minutes: 360, volatility: 32, drift: 0)
    private static let phases = [
        Phase(minutes: 12, volatility: 32, drift: 0),
        Phase(minutes: 18, volatility: 190, drift: -0.15),
        Phase(minutes: 12, volatility: 40, drift: 0.02),
        Phase(minutes: 15, volatility: 560, drift: -0.35),
        Phase(minutes: 63, volatility: 30, drift: 0.01),
    ]

    /// A minute each.
    package let bars: [Bar]
    /// When the quiet before is over, and when everything is: since 1970, ns.
    package let live: Int64
    package let end: Int64

    /// `end`: since 1970, ns.
    package init(seed: UInt64, end: Int64) {
        let minutes = Self.phases.reduce(0) { $0 + $1.minutes }
        live = end - Int64(minutes) * Self.step
        self.end = end
        var time = live - Int64(Self.before.minutes) * Self.step
        var walk = Walk(seed: seed)
        var bars: [Bar] = []
        for phase in [Self.before] + Self.phases {
            for _ in 0..<phase.minutes {
                bars.append(walk.minute(at: time, step: Self.step, phase.volatility, drift: phase.drift))
                time += Self.step
            }
        }
        self.bars = bars
    }
}

/// A price that goes at random.
private struct Walk {
    private static let moves = 30
    private static let year = 365.0 * 86400
    private var chance: Chance
    private var price = 30_000.0

    init(seed: UInt64) { chance = Chance(seed) }

    mutating func minute(at time: Int64, step: Int64, _ volatility: Double, drift: Double) -> Bar {
        let deviation = volatility / 100 * (Double(step) / 1e9 / Self.year / Double(Self.moves)).squareRoot()
        let open = price
        var (high, low) = (price, price)
        for _ in 0..<Self.moves {
            price *= exp(deviation * chance.normal() + drift / 100 / Double(Self.moves))
            high = max(high, price)
            low = min(low, price)
        }
        return Bar(time: time, step: step, open: open, high: high, low: low, close: price, volume: 12, trades: nil)
    }
}

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
private struct Chance {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// Of mean 0 and deviation 1, nearly: the sum of twelve that are spread evenly.
    mutating func normal() -> Double {
        (0..<12).reduce(-6.0) { sum, _ in sum + Double(next() >> 11) / 9_007_199_254_740_992 }
    }
}
