/// Realised variance of which one jump in three returns takes nothing: squares of medians (Andersen, Dobrev and
/// Schaumburg, Jump-robust volatility estimation using nearest neighbor truncation, 2012).
package struct MedianRealisedVariance: BarEstimator {
    private var closes: CloseReturns

    package init(bars: Int) { closes = CloseReturns(max(bars, 3)) }

    package mutating func add(_ bar: Bar) { closes.add(bar) }

    package var value: Double? {
        let returns = closes.returns
        guard returns.isFull else { return nil }
        var sum = 0.0
        for age in 2..<returns.count {
            let (first, second, third) = (abs(returns[age - 2]), abs(returns[age - 1]), abs(returns[age]))
            let median = max(min(first, second), min(max(first, second), third))
            sum += median * median
        }
        let count = Double(returns.count)
        return .pi / (6 - 4 * 3.0.squareRoot() + .pi) * count / (count - 2) * sum
    }
}
