import Glibc

/// From the range of each bar (Parkinson, The extreme value method for estimating the variance of the rate of return,
/// 1980).
package struct Parkinson: BarEstimator {
    /// What a walk's squared range is over its variance: 4 ln 2.
    package static let rangeOverVariance = 4 * log(2.0)

    private var squares: Window

    package init(bars: Int) { squares = Window(bars) }

    package mutating func add(_ bar: Bar) {
        guard bar.isPossible else { return }
        let range = log(bar.high / bar.low)
        squares.add(range * range)
    }

    package var value: Double? {
        squares.isFull ? (squares.mean / Self.rangeOverVariance).squareRoot() : nil
    }
}
