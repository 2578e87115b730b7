import CBPF
import Glibc
import Policy

/// An interface of this network namespace as the kernel describes it.
package struct InterfaceFacts: Sendable, Equatable {
    package var name: String
    package var index: UInt32
    /// Bytes of a packet, Ethernet header not included.
    package var mtu: UInt32
    /// The driver's kind: "veth", "tun", "vxlan"; empty for hardware and the loopback.
    package var kind: String
    package var isUp: Bool
    /// The interface at its other end, or below it; nil: there is none.
    package var peerIndex: UInt32?
    /// The number of the namespace that is in; nil: in this one.
    package var peerNamespace: Int32?
    /// Of a veth: `bpf_redirect_peer` may be used.
    package var peerIsElsewhere: Bool { peerNamespace != nil }
    /// nil: not an Ethernet interface.
    package var macAddress: MACAddress?
    package var txQueues: UInt32
    /// Bytes of the longest super-packet it is handed, and of the longest it could be.
    package var gsoMaxSize: UInt32
    package var tsoMaxSize: UInt32
    /// A text for people; the tunnel device's says who made it.
    package var alias: String?
    /// The UDP port a VXLAN device takes for itself; nil: not a VXLAN device.
    package var tunnelPort: UInt16?
    /// The kernel's number of the XDP program attached; nil: none.
    package var xdpProgram: UInt32?
}

extension InterfaceFacts {
    /// A real NIC: its driver runs XDP before there is a socket buffer.
    package var isHardware: Bool { kind.isEmpty }
}

extension Netlink {
    /// Every interface, in the kernel's order.
    package func interfaces() throws(KernelError) -> [InterfaceFacts] {
        try query(linkRequest(flags: NLM_F_DUMP), "list", "interfaces").compactMap(InterfaceFacts.init)
    }

    /// The interface of the name.
    ///
    /// - Throws: `ENODEV` where there is none.
    package func interface(named name: String) throws(KernelError) -> InterfaceFacts {
        guard let link = try link(named: name), let facts = InterfaceFacts(link) else {
            throw KernelError(operation: "find", subject: "interface \(name)", errno: ENODEV)
        }
        return facts
    }

    /// The addresses of an interface, without their prefix lengths.
    package func addresses(interface index: UInt32) throws(KernelError) -> [IPAddress] {
        let request = NetlinkMessage(RTM_GETADDR, flags: NLM_F_DUMP, family: ifaddrmsg())
        return try query(request, "list", "the addresses of interface \(index)").compactMap { reply in
            guard reply.family(ifaddrmsg.self)?.ifa_index == index else { return nil }
            let attributes = reply.attributes(after: ifaddrmsg.self)
            // On a point-to-point link IFA_ADDRESS is the other end's; IPv6 mostly has no IFA_LOCAL.
            return (attributes.bytes(IFA_LOCAL) ?? attributes.bytes(IFA_ADDRESS)).flatMap(IPAddress.init)
        }
    }

    /// The kernel's message about an interface, or nil where there is no interface of the name.
    func link(named name: String) throws(KernelError) -> NetlinkReply? {
        // The kernel reads a name up to a zero byte, and would find another interface.
        guard (1..<Int(IFNAMSIZ)).contains(name.utf8.count), !name.utf8.contains(0) else { return nil }
        let request = linkRequest()
        request.put(IFLA_IFNAME, name)
        do {
            return try query(request, "find", "interface \(name)").first
        } catch  where error.errno == ENODEV {
            return nil
        }
    }

    private func linkRequest(flags: Int32 = 0) -> NetlinkMessage {
        let request = NetlinkMessage(RTM_GETLINK, flags: flags, family: ifinfomsg())
        // Counters are most of a message, and of no use here.
        request.put(IFLA_EXT_MASK, UInt32(RTEXT_FILTER_SKIP_STATS))
        return request
    }
}

extension InterfaceFacts {
    init?(_ link: NetlinkReply) {
        guard link.header.nlmsg_type == RTM_NEWLINK, let header = link.family(ifinfomsg.self) else { return nil }
        let attributes = link.attributes(after: ifinfomsg.self)
        guard let name = attributes.text(IFLA_IFNAME) else { return nil }
        self.name = name
        index = UInt32(bitPattern: header.ifi_index)
        mtu = attributes.value(IFLA_MTU) ?? 0
        kind = attributes.nested(IFLA_LINKINFO).text(IFLA_INFO_KIND) ?? ""
        isUp = header.ifi_flags & UInt32(IFF_UP) != 0
        peerIndex = attributes.value(IFLA_LINK)
        peerNamespace = attributes.value(IFLA_LINK_NETNSID)
        if header.ifi_type == ARPHRD_ETHER { macAddress = attributes.bytes(IFLA_ADDRESS).flatMap(MACAddress.init) }
        txQueues = attributes.value(IFLA_NUM_TX_QUEUES) ?? 1
        gsoMaxSize = attributes.value(IFLA_GSO_MAX_SIZE) ?? 0
        tsoMaxSize = attributes.value(IFLA_TSO_MAX_SIZE) ?? gsoMaxSize
        alias = attributes.text(IFLA_IFALIAS)
        if kind == TunnelDevice.kind {
            let data = attributes.nested(IFLA_LINKINFO).nested(IFLA_INFO_DATA)
            tunnelPort = data.value(IFLA_VXLAN_PORT, as: UInt16.self).map(UInt16.init(bigEndian:))
        }
        let program: UInt32? = attributes.nested(IFLA_XDP).value(IFLA_XDP_PROG_ID)
        xdpProgram = program == 0 ? nil : program
    }
}

extension MACAddress {
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 6 else { return nil }
        self.init(value: bytes.reduce(0) { $0 << 8 | UInt64($1) })
    }
}

extension IPAddress {
    /// From the 4 or 16 bytes of an address in network order.
    init?(_ bytes: [UInt8]) {
        func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        switch bytes.count {
        case 4: self.init(v4: UInt32(number(bytes)))
        case 16: self.init(high: number(bytes.prefix(8)), low: number(bytes.suffix(8)))
        default: return nil
        }
    }
}
