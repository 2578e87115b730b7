/// The root of the mean squared return, or the sample standard deviation of returns.
package struct CloseToClose: BarEstimator {
    package enum Form: Sendable {
        /// Drift is taken to be nothing, as it nearly is within a day.
        case aboutZero
        case aboutMean
    }

    private let form: Form
    private var closes: CloseReturns

    package init(bars: Int, form: Form) {
        self.form = form
        closes = CloseReturns(max(bars, 2))
    }

    package mutating func add(_ bar: Bar) { closes.add(bar) }

    package var value: Double? {
        guard closes.returns.isFull else { return nil }
        return switch form {
        case .aboutMean: closes.returns.sampleVariance.squareRoot()
        case .aboutZero: (closes.returns.sumOfSquares / Double(closes.returns.count)).squareRoot()
        }
    }
}
