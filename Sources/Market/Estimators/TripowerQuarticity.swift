import Glibc

/// How uncertain realised variance is, jumps or not: products of three neighbouring returns to the power of 4/3
/// (Barndorff-Nielsen and Shephard, Econometrics of testing for jumps, 2006).
package struct TripowerQuarticity: BarEstimator {
    /// The mean of |z|^(4/3) of a standard normal z.
    private static let moment = pow(2, 2.0 / 3) * tgamma(7.0 / 6) / tgamma(0.5)

    private var closes: CloseReturns

    package init(bars: Int) { closes = CloseReturns(max(bars, 3)) }

    package mutating func add(_ bar: Bar) { closes.add(bar) }

    package var value: Double? {
        let returns = closes.returns
        guard returns.isFull else { return nil }
        var sum = 0.0
        for age in 2..<returns.count {
            sum += pow(abs(returns[age - 2] * returns[age - 1] * returns[age]), 4.0 / 3)
        }
        return Double(returns.count) * sum / (Self.moment * Self.moment * Self.moment)
    }
}
