import Policy

extension Prefix {
    static let allIPv4 = Prefix(address: IPAddress(v4: 0), length: 96)

    var isIPv4: Bool { length >= 96 && address.isIPv4 }

    /// Whether rules mean the address: `::/0` is every IPv6 address and no IPv4 one, although `contains`, which goes by
    /// the bits as the kernel's table does, says otherwise.
    package func matches(_ address: IPAddress) -> Bool { isIPv4 == address.isIPv4 && contains(address) }

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
