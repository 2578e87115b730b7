/// Times of clocks that nobody vouches for: differences stop at the largest numbers.
extension Int64 {
    static let second: Int64 = 1_000_000_000

    /// How long after `other`, ns.
    func since(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (self < other ? .min : .max) : difference
    }

    func plus(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    func times(_ factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? ((self < 0) == (factor < 0) ? .max : .min) : product
    }

    /// Of ns.
    var seconds: Double { Double(self) / 1e9 }

    /// The one it is in, since 1970.
    var second: Int64 { self >= 0 ? self / .second : (self + 1) / .second - 1 }
}

extension Duration {
    var nanoseconds: Int64 { components.seconds.times(.second).plus(components.attoseconds / .second) }
}

/// Of 365 days: a market that never closes.
enum Year {
    static let seconds = 365.0 * 86400

    /// Annualised volatility in percent, of a variance a second.
    static func percent(_ variance: Double) -> Double { 100 * (variance * seconds).squareRoot() }

    /// A variance a second, of annualised volatility in percent.
    static func variance(_ percent: Double) -> Double { percent * percent / (10000 * seconds) }
}
