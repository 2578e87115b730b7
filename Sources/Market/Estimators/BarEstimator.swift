import Glibc

/// What a number of bars, the last of them the newest, say about volatility. Nothing is allocated after `init`.
package protocol BarEstimator: Sendable {
    /// A bar that no market can have made is passed over.
    mutating func add(_ bar: Bar)
    /// For a bar, not annualised; nil: too few of them were seen.
    var value: Double? { get }
}

extension Bar {
    /// Whether prices can be like this: numbers above zero, the high above the others, the low below.
    package var isPossible: Bool {
        low > 0 && high.isFinite && low <= min(open, close) && high >= max(open, close)
    }
}

/// What a bar is in logarithms: the words of Garman and Klass (1980).
struct LogBar {
    /// ln(high / open), ln(low / open), ln(close / open).
    let up, down, change: Double

    init(_ bar: Bar) {
        up = log(bar.high / bar.open)
        down = log(bar.low / bar.open)
        change = log(bar.close / bar.open)
    }
}
