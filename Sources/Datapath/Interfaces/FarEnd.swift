import CBPF
import Glibc

/// What the sender at a veth's other end leaves to a device that does not exist. XDP sees packets before anybody makes
/// up for it: it would send checksums that were never filled in, and lose VLAN tags.
package struct FarEnd: Sendable, Equatable {
    package var txChecksum: Bool
    package var txVLAN: Bool

    package var leavesWork: Bool { txChecksum || txVLAN }

    /// In words.
    var left: String {
        [txChecksum ? "checksums" : nil, txVLAN ? "VLAN tags" : nil].compactMap { $0 }.joined(separator: " and ")
    }
}

extension FarEnd {
    /// - Returns: nil: its network namespace cannot be found from here.
    package init?(of veth: InterfaceFacts, _ netlink: Netlink) throws(KernelError) {
        guard let index = veth.peerIndex, let namespace = try netlink.openNamespace(veth.peerNamespace) else {
            return nil
        }
        func value(_ command: Int32) throws(KernelError) -> UInt32 {
            var value: UInt32 = 0
            let outcome = shaper_ethtool_value_in(namespace.raw, index, UInt32(command), &value)
            guard outcome == 0 else {
                throw KernelError(operation: "read", subject: "the far end of \(veth.name)", errno: -outcome)
            }
            return value
        }
        txChecksum = try value(ETHTOOL_GTXCSUM) != 0
        txVLAN = try value(ETHTOOL_GFLAGS) & UInt32(ETH_FLAG_TXVLAN.rawValue) != 0
    }
}

extension Netlink {
    /// Opens a network namespace by the number this one knows it by; nil: this one itself.
    ///
    /// The kernel tells the number of a namespace one holds, not the other way round: all that have a name or a process
    /// are asked.
    fileprivate func openNamespace(_ id: Int32?) throws(KernelError) -> FileDescriptor? {
        guard let id else { return Self.openNamespace("/proc/thread-self/ns/net") }
        let named = PinFolder.entries(of: "/run/netns").map { "/run/netns/\($0)" }
        let living = PinFolder.entries(of: "/proc").filter { Int($0) != nil }.map { "/proc/\($0)/ns/net" }
        var seen: Set<UInt64> = []
        for path in named + living {
            var status = stat()
            guard stat(path, &status) == 0, seen.insert(UInt64(status.st_ino)).inserted,
                let namespace = Self.openNamespace(path)
            else { continue }
            let request = NetlinkMessage(Int(RTM_GETNSID), family: rtgenmsg(rtgen_family: UInt8(AF_UNSPEC)))
            request.put(Int(NETNSA_FD), UInt32(namespace.raw))
            let replies = try query(request, "find", "network namespace \(id)")
            if replies.first?.attributes(after: rtgenmsg.self).value(Int(NETNSA_NSID), as: Int32.self) == id {
                return namespace
            }
        }
        return nil
    }

    private static func openNamespace(_ path: String) -> FileDescriptor? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        return descriptor < 0 ? nil : FileDescriptor(descriptor)
    }
}
