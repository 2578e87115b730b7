/// The sum of squared returns.
package struct RealisedVariance: BarEstimator {
    private var closes: CloseReturns

    package init(bars: Int) { closes = CloseReturns(bars) }

    package mutating func add(_ bar: Bar) { closes.add(bar) }

    package var value: Double? { closes.returns.isFull ? closes.returns.sumOfSquares : nil }
}
