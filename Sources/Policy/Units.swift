/// Bits a second. Decimal prefixes: 1 mbit is 1,000,000 bit/s.
package struct BitRate: Sendable, Hashable, Comparable {
    package var bitsPerSecond: UInt64

    package init(bitsPerSecond: UInt64) { self.bitsPerSecond = bitsPerSecond }

    package static func < (left: BitRate, right: BitRate) -> Bool { left.bitsPerSecond < right.bitsPerSecond }
}
