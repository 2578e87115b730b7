import Glibc

/// The exponentially weighted average of the variance RATE of prices that come when they come: each return's square over
/// its time weighs 1 - exp(-time / tau).
package struct TickAverage: Sendable {
    /// Half-life / ln 2, s.
    private let tau: Double
    private var first: Int64?
    private var last: (time: Int64, price: Double)?
    /// From nothing at the first price: too small by the part that is not seen yet.
    private var raw = 0.0

    /// ns.
    package init(halfLife: Int64) { tau = halfLife.seconds / log(2.0) }

    /// A price that is none, or of no later time than the last, is passed over. `time`: ns.
    package mutating func add(price: Double, time: Int64) {
        guard price > 0, price.isFinite else { return }
        guard let last else {
            first = time
            return last = (time, price)
        }
        let passed = time.since(last.time).seconds
        guard passed > 0 else { return }
        let weight = -expm1(-passed / tau)
        let change = log(price / last.price)
        raw += weight * (change * change / passed - raw)
        self.last = (time, price)
    }

    /// Variance a second; nil: there is no return yet.
    package var value: Double? {
        guard let first, let last, last.time > first else { return nil }
        return raw / -expm1(-last.time.since(first).seconds / tau)
    }

    /// Annualised volatility, of 1.
    package var volatility: Double? { value.map { ($0 * Year.seconds).squareRoot() } }
}
