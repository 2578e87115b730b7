/// Bits a second. Decimal prefixes: 1 mbit is 1,000,000 bit/s.
package struct BitRate: Sendable, Hashable, Comparable {
    package var bitsPerSecond: UInt64

    package init(bitsPerSecond: UInt64) { self.bitsPerSecond = bitsPerSecond }

    package static let zero = BitRate(bitsPerSecond: 0)

    package static func < (left: BitRate, right: BitRate) -> Bool { left.bitsPerSecond < right.bitsPerSecond }

    /// Stops at the largest number: sums of hostile figures must compare, not trap.
    package static func + (left: BitRate, right: BitRate) -> BitRate {
        let (sum, overflow) = left.bitsPerSecond.addingReportingOverflow(right.bitsPerSecond)
        return BitRate(bitsPerSecond: overflow ? .max : sum)
    }

    /// Stops at zero.
    package static func - (left: BitRate, right: BitRate) -> BitRate {
        BitRate(bitsPerSecond: left.bitsPerSecond - min(left.bitsPerSecond, right.bitsPerSecond))
    }

    /// `self` x `numerator` / `denominator`, rounded down, at most the largest number.
    package func times(_ numerator: UInt64, over denominator: UInt64) -> BitRate {
        let product = bitsPerSecond.multipliedFullWidth(by: numerator)
        guard product.high < denominator else { return BitRate(bitsPerSecond: .max) }
        return BitRate(bitsPerSecond: denominator.dividingFullWidth(product).quotient)
    }

    /// The part of it that `percent` (0...100, counted in millionths) is, rounded down: parts that make 100 % never
    /// add up to more than the whole.
    package func part(percent: Double) -> BitRate {
        times(UInt64((min(max(percent, 0), 100) * 1_000_000).rounded()), over: 100_000_000)
    }
}

extension Share {
    /// The rate this is of `whole`; a rate is itself.
    package func of(_ whole: BitRate) -> BitRate {
        switch self {
        case .rate(let rate): rate
        case .percent(let percent): whole.part(percent: percent)
        }
    }
}
