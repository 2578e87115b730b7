import Backtest
import Market

/// Prices to be played: what went before as fast as possible, and the rest in its time.
package struct PriceTape {
    /// In order of time.
    package var ticks: [Tick]
    /// When it is played in its time, and when it ends: since 1970, ns.
    package var live: Int64
    package var end: Int64

    package init(_ storm: SyntheticStorm) {
        self.init(bars: storm.bars, live: storm.live, end: storm.end)
    }

    /// The part of a file's bars with the worst quarter of an hour in it, and the day before for what is usual.
    ///
    /// - Parameter span: How much is played in its time, ns.
    package init(_ file: BarFile, span: Int64) {
        let live = Self.start(of: span, in: file)
        let bars = file.bars.filter { $0.end > live - Self.history && $0.time < live + span }
        self.init(bars: bars, live: live, end: min(live + span, file.end))
    }

    private init(bars: [Bar], live: Int64, end: Int64) {
        ticks = bars.flatMap(Self.ticks)
        self.live = live
        self.end = end
    }

    private static let history: Int64 = 86_400_000_000_000

    /// Its first price, its extremes, and its last. The way a minute went is not known: through the nearer extreme first.
    private static func ticks(of bar: Bar) -> [Tick] {
        let extremes = bar.close >= bar.open ? [bar.low, bar.high] : [bar.high, bar.low]
        return ([bar.open] + extremes + [bar.close]).enumerated().map { number, price in
            Tick(time: bar.time + bar.step / 4 * Int64(number), price: price, volume: bar.volume / 4, kind: .trade)
        }
    }

    /// The worst quarter of an hour ends after two fifths of it.
    private static func start(of span: Int64, in file: BarFile) -> Int64 {
        let window: Int64 = 900_000_000_000
        var (sum, first, worst, peak) = (0.0, 0, -1.0, file.start)
        func square(_ bar: Bar) -> Double { (bar.high / bar.low - 1) * (bar.high / bar.low - 1) }
        for bar in file.bars {
            sum += square(bar)
            while file.bars[first].time <= bar.time - window {
                sum -= square(file.bars[first])
                first += 1
            }
            if sum > worst { (worst, peak) = (sum, bar.end) }
        }
        return max(min(peak - span / 5 * 2, file.end - span), file.start)
    }
}
