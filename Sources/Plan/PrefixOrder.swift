import Policy

extension Prefix {
    static let allIPv4 = Prefix(address: IPAddress(v4: 0), length: 96)

    var isIPv4: Bool { length >= 96 && address.isIPv4 }

    /// Whether the address is inside. `::/0` is every IPv6 address and no IPv4 one, as people mean it.
    package func contains(_ address: IPAddress) -> Bool { isIPv4 == address.isIPv4 && coversBits(of: address) }

    /// Whether the address begins with the prefix's bits, whatever its family.
    func coversBits(of address: IPAddress) -> Bool {
        let (high, low) = (self.address.high ^ address.high, self.address.low ^ address.low)
        return length <= 64
            ? high >> (64 - UInt64(length)) == 0
            : high == 0 && low >> (128 - UInt64(length)) == 0
    }

    /// Whatever a prefix contains comes right after it; IPv4 comes last.
    static func outerFirst(_ left: Prefix, _ right: Prefix) -> Bool {
        (left.isIPv4 ? 1 : 0, left.address.high, left.address.low, left.length)
            < (right.isIPv4 ? 1 : 0, right.address.high, right.address.low, right.length)
    }

    /// The order of `Classifier.prefixes`.
    static func shortestFirst(_ left: Prefix, _ right: Prefix) -> Bool {
        (left.length, left.address.high, left.address.low) < (right.length, right.address.high, right.address.low)
    }
}
