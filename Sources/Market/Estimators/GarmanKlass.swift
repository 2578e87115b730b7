import Glibc

/// From range and change of each bar (Garman and Klass, On the estimation of security price volatilities from historical
/// data, 1980).
package struct GarmanKlass: BarEstimator {
    package enum Form: Sendable {
        /// Range and change only.
        case practical
        /// The authors' estimator of least variance, with their three coefficients.
        case minimumVariance
    }

    private let form: Form
    private var variances: Window

    package init(bars: Int, form: Form) {
        self.form = form
        variances = Window(bars)
    }

    package mutating func add(_ bar: Bar) {
        guard bar.isPossible else { return }
        let bar = LogBar(bar)
        let (up, down, change) = (bar.up, bar.down, bar.change)
        let range = up - down
        let variance =
            switch form {
            case .practical: range * range / 2 - (2 * log(2.0) - 1) * change * change
            case .minimumVariance:
                0.511 * range * range - 0.019 * (change * (up + down) - 2 * up * down) - 0.383 * change * change
            }
        variances.add(variance)
    }

    /// Not of a number: a window in which changes outweigh ranges has no such volatility.
    package var value: Double? {
        guard variances.isFull, variances.mean >= 0 else { return nil }
        return variances.mean.squareRoot()
    }
}
