import CBPF

/// What an interface leaves to its hardware; a veth has none, and hands the work on undone to its other end.
package struct Offloads: Sendable, Equatable {
    /// Checksums of packets sent are filled in later. XDP sees them unfilled, so whoever sends express packets to a
    /// port served by XDP must have this off.
    package var txChecksum: Bool
    /// TCP super-packets are cut by the device.
    package var tcpSegmentation: Bool
    /// Super-packets are cut just before the device.
    package var genericSegmentation: Bool
    /// Received packets are joined to super-packets. A veth needs it, or an XDP program, to take `XDP_REDIRECT`.
    package var genericReceive: Bool

    /// Asks the interface of the name in the calling thread's network namespace.
    package init(interface: String) throws(KernelError) {
        func isOn(_ command: Int32) throws(KernelError) -> Bool {
            try Self.value(command, interface: interface) != 0
        }
        txChecksum = try isOn(ETHTOOL_GTXCSUM)
        tcpSegmentation = try isOn(ETHTOOL_GTSO)
        genericSegmentation = try isOn(ETHTOOL_GGSO)
        genericReceive = try isOn(ETHTOOL_GGRO)
    }

    /// `ETH_FLAG_...`: what it does with VLAN tags, among other things.
    static func flags(interface: String) throws(KernelError) -> UInt32 {
        try value(ETHTOOL_GFLAGS, interface: interface)
    }

    private static func value(_ command: Int32, interface: String) throws(KernelError) -> UInt32 {
        var value: UInt32 = 0
        let outcome = shaper_ethtool_value(interface, UInt32(command), &value)
        guard outcome == 0 else {
            throw KernelError(operation: "read", subject: "offloads of interface \(interface)", errno: -outcome)
        }
        return value
    }
}
