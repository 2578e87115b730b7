import CBPF
import Glibc

/// The interfaces of this network namespace that transmit what XDP redirects to them, by index.
///
/// The kernel says so itself, from Linux 6.3 on: a driver must be able to, and a veth is while its far end has NAPI.
/// Elsewhere `XDP_REDIRECT` loses packets without a word, so what is not known to work is not done.
package func xdpTransmitters() throws(KernelError) -> Set<UInt32> {
    let netlink = try Netlink(protocol: NETLINK_GENERIC)
    guard let family = try netlink.family(named: "netdev") else { return [] }
    let request = NetlinkMessage(
        Int(family), flags: NLM_F_DUMP,
        family: genlmsghdr(cmd: UInt8(SHAPER_NETDEV_CMD_DEV_GET), version: 1, reserved: 0))
    let devices = try netlink.query(request, "list", "what interfaces can do by XDP")
    return Set(
        devices.compactMap { device in
            let attributes = device.attributes(after: genlmsghdr.self)
            let features: UInt64 = attributes.value(Int(SHAPER_NETDEV_A_DEV_XDP_FEATURES)) ?? 0
            guard features & UInt64(SHAPER_NETDEV_XDP_ACT_NDO_XMIT) != 0 else { return nil }
            return attributes.value(Int(SHAPER_NETDEV_A_DEV_IFINDEX))
        })
}

extension Netlink {
    /// The number of a generic netlink family; nil: this kernel does not have it.
    fileprivate func family(named name: String) throws(KernelError) -> UInt16? {
        let request = NetlinkMessage(
            Int(GENL_ID_CTRL), family: genlmsghdr(cmd: UInt8(CTRL_CMD_GETFAMILY), version: 1, reserved: 0))
        request.put(Int(CTRL_ATTR_FAMILY_NAME), name)
        do {
            let replies = try query(request, "find", "generic netlink family \(name)")
            return replies.first?.attributes(after: genlmsghdr.self).value(Int(CTRL_ATTR_FAMILY_ID))
        } catch  where error.errno == ENOENT {
            return nil
        }
    }
}
