import CBPF
import Glibc
import Policy

extension Netlink {
    /// The Ethernet address to send to for reaching a host; asks the kernel to find it out, or to make sure of it.
    ///
    /// - Returns: nil: the way is over another interface, or nobody has answered yet.
    func nextHop(to host: IPAddress, from local: IPAddress, over interface: UInt32) throws(KernelError) -> MACAddress? {
        guard let hop = try gateway(to: host, from: local, over: interface) else { return nil }
        let neighbour = try neighbour(hop, interface: interface)
        // As sending to it would: a stale one is probed, an unknown one asked for.
        if neighbour.isTraffics { try use(hop, interface: interface) }
        return neighbour.address
    }

    /// The neighbour that a route leads to: the host itself where it is on the link.
    private func gateway(
        to host: IPAddress, from local: IPAddress, over interface: UInt32
    ) throws(KernelError) -> IPAddress? {
        var family = rtmsg()
        family.rtm_family = UInt8(AF_INET)
        (family.rtm_dst_len, family.rtm_src_len) = (32, 32)
        let request = NetlinkMessage(Int(RTM_GETROUTE), family: family)
        request.put(Int(RTA_DST.rawValue), host.v4Word)
        request.put(Int(RTA_SRC.rawValue), local.v4Word)
        do {
            let replies = try query(request, "find", "the route to \(host)")
            guard let route = replies.first?.attributes(after: rtmsg.self),
                route.value(Int(RTA_OIF.rawValue), as: UInt32.self) == interface
            else { return nil }
            return route.bytes(Int(RTA_GATEWAY.rawValue)).flatMap(IPAddress.init) ?? host
        } catch  where [ENETUNREACH, EHOSTUNREACH, EINVAL, EACCES].contains(error.errno) {
            // There is none, or one that leads nowhere: unreachable, blackhole, prohibit.
            return nil
        }
    }

    private struct Neighbour {
        /// nil: nobody has answered yet.
        var address: MACAddress?
        /// Only traffic keeps it fresh, and it is time to. An entry that an administrator or a daemon made would be
        /// theirs no more once it is used from here: the kernel forgets that it is permanent, or learned elsewhere.
        var isTraffics: Bool
    }

    private func neighbour(_ address: IPAddress, interface: UInt32) throws(KernelError) -> Neighbour {
        let request = NetlinkMessage(Int(RTM_GETNEIGH), family: ndmsg(interface, flags: 0))
        request.put(Int(NDA_DST), address.v4Word)
        let unknown = Neighbour(address: nil, isTraffics: true)
        do {
            let replies = try query(request, "find", "neighbour \(address)")
            guard let reply = replies.first, let header = reply.family(ndmsg.self) else { return unknown }
            let attributes = reply.attributes(after: ndmsg.self)
            let isFresh = header.ndm_state & (0xFF & ~UInt16(NUD_STALE | NUD_FAILED | NUD_INCOMPLETE)) != 0
            let isManaged = (attributes.value(Int(NDA_FLAGS_EXT), as: UInt32.self) ?? 0) & UInt32(NTF_EXT_MANAGED) != 0
            let isLearnedElsewhere = header.ndm_flags & UInt8(NTF_EXT_LEARNED) != 0
            let isThere = header.ndm_state & UInt16(NUD_FAILED | NUD_INCOMPLETE) == 0
            return Neighbour(
                address: isThere ? attributes.bytes(Int(NDA_LLADDR)).flatMap(MACAddress.init) : nil,
                isTraffics: !isFresh && !isManaged && !isLearnedElsewhere)
        } catch  where error.errno == ENOENT {
            return unknown
        }
    }

    private func use(_ address: IPAddress, interface: UInt32) throws(KernelError) {
        let request = NetlinkMessage(
            Int(RTM_NEWNEIGH), flags: NLM_F_CREATE, family: ndmsg(interface, flags: UInt8(NTF_USE)))
        request.put(Int(NDA_DST), address.v4Word)
        try perform([request]) { _ in Purpose(operation: "use", subject: "neighbour \(address)") }
    }
}

extension ndmsg {
    fileprivate init(_ interface: UInt32, flags: UInt8) {
        self.init()
        ndm_family = UInt8(AF_INET)
        ndm_ifindex = Int32(interface)
        ndm_flags = flags
    }
}

extension IPAddress {
    /// As it lies on the wire.
    fileprivate var v4Word: UInt32 { UInt32(truncatingIfNeeded: low).bigEndian }
}
