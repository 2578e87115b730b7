import Glibc

/// With what happens between bars (Yang and Zhang, Drift-independent volatility estimation based on high, low, open and
/// close prices, 2000).
package struct YangZhang: BarEstimator {
    /// The weight of open-to-close variance.
    private let weight: Double
    private var opens: Window
    private var changes: Window
    private var rogersSatchell: RogersSatchell
    private var close: Double?

    package init(bars: Int) {
        let bars = max(bars, 2)
        let count = Double(bars)
        weight = 0.34 / (1.34 + (count + 1) / (count - 1))
        opens = Window(bars)
        changes = Window(bars)
        rogersSatchell = RogersSatchell(bars: bars)
    }

    package mutating func add(_ bar: Bar) {
        guard bar.isPossible else { return }
        changes.add(LogBar(bar).change)
        rogersSatchell.add(bar)
        if let close { opens.add(log(bar.open / close)) }
        close = bar.close
    }

    package var value: Double? {
        guard opens.isFull, let variance = rogersSatchell.variance else { return nil }
        return (opens.sampleVariance + weight * changes.sampleVariance + (1 - weight) * variance).squareRoot()
    }
}
