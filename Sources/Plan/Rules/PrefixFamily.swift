import Policy

extension Prefix {
    static let allIPv4 = Prefix(address: IPAddress(v4: 0), length: 96)

    var isIPv4: Bool { length >= 96 && address.isIPv4 }

    /// Whether rules mean the address: `::/0` is every IPv6 address and no IPv4 one, although `contains`, which goes by
    /// the bits as the kernel's table does, says otherwise.
    package func matches(_ address: IPAddress) -> Bool { isIPv4 == address.isIPv4 && contains(address) }
}
