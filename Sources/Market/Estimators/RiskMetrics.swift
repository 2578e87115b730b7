/// The exponentially weighted average of squared returns (J.P. Morgan/Reuters, RiskMetrics, 4th edition, 1996).
package struct RiskMetrics: BarEstimator {
    package static let daily = 0.94

    private let decay: Double
    private var closes = CloseReturns(1)
    private var variance: Double?

    /// `decay`: what is left of the average at each bar, of 1.
    package init(decay: Double = daily) { self.decay = decay }

    package mutating func add(_ bar: Bar) {
        guard let change = closes.add(bar) else { return }
        let square = change * change
        variance = variance.map { decay * $0 + (1 - decay) * square } ?? square
    }

    package var value: Double? { variance?.squareRoot() }
}
