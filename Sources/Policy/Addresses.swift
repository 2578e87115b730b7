/// An IPv4 or IPv6 address in IPv6 form: IPv4 is mapped (`::ffff:a.b.c.d`, RFC 4291 section 2.5.5.2), so that one
/// table serves both families.
package struct IPAddress: Sendable, Hashable {
    /// The first and last eight bytes as big-endian numbers.
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// From an IPv4 address as a number (`0xC0000201` is 192.0.2.1).
    package init(v4: UInt32) { self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(v4)) }

    package var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }
    package var isUnspecified: Bool { high == 0 && (low == 0 || low == 0xFFFF_0000_0000) }
    /// 127.0.0.0/8 or ::1.
    package var isLoopback: Bool { isIPv4 ? low >> 24 & 0xFF == 127 : high == 0 && low == 1 }
    /// 224.0.0.0/4, ff00::/8, or 255.255.255.255: no single host's.
    package var isMulticast: Bool {
        isIPv4 ? low >> 28 & 0xF == 0xE || low & 0xFFFF_FFFF == 0xFFFF_FFFF : high >> 56 == 0xFF
    }
    /// The sixteen bytes in network order.
    package var bytes: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> (56 - 8 * UInt64($0 % 8))) }
    }
}

/// An address prefix in IPv6 form: 10.0.0.0/24 has length 120.
package struct Prefix: Sendable, Hashable {
    /// Host bits are zero.
    package var address: IPAddress
    /// 0...128, counted in IPv6 form; never 1...95 for IPv4. `0.0.0.0/0` is 96.
    package var length: UInt8

    package init(address: IPAddress, length: UInt8) {
        self.address = address
        self.length = length
    }

    /// The prefix of this length that the address lies in.
    package init(of address: IPAddress, length: UInt8) {
        // Swift's shifts by the whole width give zero, so both halves need no special case.
        let high = address.high & ~(UInt64.max >> UInt64(length))
        let low = address.low & ~(UInt64.max >> (max(64, UInt64(length)) - 64))
        self.init(address: IPAddress(high: high, low: low), length: length)
    }

    package func contains(_ address: IPAddress) -> Bool { Prefix(of: address, length: length).address == self.address }
    package func contains(_ other: Prefix) -> Bool { length <= other.length && contains(other.address) }
}

/// An Ethernet address in its 48 low bits, the first byte on the wire highest.
package struct MACAddress: Sendable, Hashable {
    package var value: UInt64

    package init(value: UInt64) { self.value = value }

    package var isMulticast: Bool { value >> 40 & 1 == 1 }
}
