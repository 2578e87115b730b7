import CBPF

/// Which promoted flow goes before which: the one that is worth more, and among equals the one that came first.
package struct PromotionRank: Sendable, Hashable, Comparable {
    /// As the kernel compares them.
    package let raw: UInt64

    package init(raw: UInt64) { self.raw = raw }

    private static let shift = UInt64(SHAPER_RANK_SHIFT)
    private static let largest = UInt64.max >> shift

    /// - Parameters:
    ///   - notional: what is finer than 1 or larger than 17.6 million millions does not count.
    ///   - number: of the flow, counted up; a million flows later it begins anew.
    package init(notional: Double, number: UInt64) {
        let whole = notional >= Double(Self.largest) ? Self.largest : UInt64(max(notional, 0))
        let mask = (1 << Self.shift) - UInt64(1)
        raw = whole << Self.shift | (mask - (number & mask))
    }

    /// Whole ones.
    package var notional: UInt64 { raw >> Self.shift }

    package static func < (left: Self, right: Self) -> Bool { left.raw < right.raw }
}
