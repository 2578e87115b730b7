import CBPF
import Glibc

/// The VXLAN device that writes and reads the outer headers. Its programs choose network and peer of each packet
/// (`external`), so one device serves every slice.
package struct TunnelDevice: Sendable, Equatable {
    package var name: String
    /// UDP destination port (RFC 7348: 4789).
    package var udpPort: UInt16
    /// Bytes of the longest super-packet it may hand to the queues; the kernel cuts what is as long, or longer, into
    /// single packets. It keeps at most 65,536.
    package var largestSegment: Int

    package init(name: String, udpPort: UInt16, largestSegment: Int) {
        self.name = name
        self.udpPort = udpPort
        self.largestSegment = largestSegment
    }

    static let kind = "vxlan"
    /// The mark of our own devices: nothing without it is changed or removed.
    static let mark = "shaper"
    /// The device must let through what the underlay carries, and the underlay's MTU is checked per frame, in eBPF.
    static let mtu: UInt32 = 65535
    /// RFC 7348 section 5 asks for the dynamic range, which is not Linux's own.
    static let sourcePorts = ifla_vxlan_port_range(low: UInt16(49152).bigEndian, high: UInt16(65535).bigEndian)
    /// What is fixed when a device is made. Learning is eBPF's job; a zero checksum is what RFC 7348 asks for, which
    /// on IPv6 must be allowed (RFC 6935).
    static let flags: [(attribute: Int, value: UInt8)] = [
        (IFLA_VXLAN_COLLECT_METADATA, 1), (IFLA_VXLAN_LEARNING, 0),
        (IFLA_VXLAN_UDP_ZERO_CSUM6_TX, 1), (IFLA_VXLAN_UDP_ZERO_CSUM6_RX, 1),
    ]

    var gsoMaxSize: UInt32 { UInt32(min(max(largestSegment, 1), 65536)) }
}

extension Netlink {
    /// True where `ensureTunnelDevice` would write nothing.
    package func isAsWanted(_ device: TunnelDevice) throws(KernelError) -> Bool {
        guard let present = try ownLink(device.name), device.isMade(as: present) else { return false }
        return device.isSet(on: try interface(named: device.name))
    }

    /// The device as it is, and its interface index; nil where there is none.
    ///
    /// - Throws: `EEXIST` where an interface of the name exists that is not ours.
    func tunnelDevice(named name: String) throws(KernelError) -> (device: TunnelDevice, index: UInt32)? {
        guard let link = try ownLink(name), let facts = InterfaceFacts(link) else { return nil }
        let present = link.attributes(after: ifinfomsg.self).nested(IFLA_LINKINFO).nested(IFLA_INFO_DATA)
        let port = present.value(IFLA_VXLAN_PORT, as: UInt16.self) ?? 0
        let device = TunnelDevice(
            name: name, udpPort: UInt16(bigEndian: port), largestSegment: Int(facts.gsoMaxSize))
        return (device, facts.index)
    }

    /// Makes the device as described: new, changed in place, or, where its port is another, made anew.
    ///
    /// - Parameter index: the interface index of a device that has to be made; 0: the kernel chooses.
    /// - Returns: its interface index, and whether anything was written.
    /// - Throws: `EEXIST` where an interface of the name exists that is not ours.
    package func ensureTunnelDevice(
        _ device: TunnelDevice, index: UInt32 = 0
    ) throws(KernelError) -> (index: UInt32, changed: Bool) {
        if let present = try ownLink(device.name) {
            if device.isMade(as: present) {
                let facts = try interface(named: device.name)
                let isAsWanted = device.isSet(on: facts)
                if !isAsWanted { try perform([device.settings], on: device.name) }
                return (facts.index, !isAsWanted)
            }
            try removeTunnelDevice(named: device.name)
        }
        // In one system call, so that a device without our mark cannot be left behind.
        do {
            try perform([device.creation(index: index), device.ownership, device.settings], on: device.name)
        } catch {
            _ = try? removeTunnelDevice(named: device.name)
            throw error
        }
        return (try interface(named: device.name).index, true)
    }

    /// Removes the device. What is attached to it goes with it.
    ///
    /// - Returns: false where there is none.
    /// - Throws: `EEXIST` where an interface of the name exists that is not ours.
    @discardableResult
    package func removeTunnelDevice(named name: String) throws(KernelError) -> Bool {
        guard try ownLink(name) != nil else { return false }
        let request = NetlinkMessage(RTM_DELLINK, family: ifinfomsg())
        request.put(IFLA_IFNAME, name)
        try perform([request]) { _ in Purpose(operation: "remove", subject: "tunnel device \(name)") }
        return true
    }

    private func perform(_ requests: [NetlinkMessage], on name: String) throws(KernelError) {
        try perform(requests) { _ in Purpose(operation: "set up", subject: "tunnel device \(name)") }
    }

    private func ownLink(_ name: String) throws(KernelError) -> NetlinkReply? {
        guard let link = try link(named: name), let facts = InterfaceFacts(link) else { return nil }
        guard facts.kind == TunnelDevice.kind, facts.alias == TunnelDevice.mark else {
            throw KernelError(
                operation: "use", subject: "tunnel device \(name)", errno: EEXIST,
                detail: "an interface of this name exists that was not made by the shaper")
        }
        return link
    }
}

extension TunnelDevice {
    fileprivate func creation(index: UInt32) -> NetlinkMessage {
        var header = ifinfomsg()
        header.ifi_index = Int32(bitPattern: index)
        let request = NetlinkMessage(RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL, family: header)
        request.put(IFLA_IFNAME, name)
        request.nest(IFLA_LINKINFO) {
            request.put(IFLA_INFO_KIND, Self.kind)
            request.nest(IFLA_INFO_DATA) {
                request.put(IFLA_VXLAN_PORT, udpPort.bigEndian)
                request.put(IFLA_VXLAN_PORT_RANGE, Self.sourcePorts)
                for flag in Self.flags { request.put(flag.attribute, flag.value) }
            }
        }
        return request
    }

    /// The kernel does not take an alias when it makes a device.
    fileprivate var ownership: NetlinkMessage {
        let request = NetlinkMessage(RTM_NEWLINK, family: ifinfomsg())
        request.put(IFLA_IFNAME, name)
        request.put(IFLA_IFALIAS, Self.mark)
        return request
    }

    /// What can change while packets pass.
    fileprivate var settings: NetlinkMessage {
        var header = ifinfomsg()
        header.ifi_flags = UInt32(IFF_UP)
        header.ifi_change = UInt32(IFF_UP)
        let request = NetlinkMessage(RTM_NEWLINK, family: header)
        request.put(IFLA_IFNAME, name)
        request.put(IFLA_MTU, Self.mtu)
        request.put(IFLA_GSO_MAX_SIZE, gsoMaxSize)
        return request
    }

    /// The kernel's device has what can change while packets pass.
    fileprivate func isSet(on facts: InterfaceFacts) -> Bool {
        facts.isUp && facts.mtu == Self.mtu && facts.gsoMaxSize == gsoMaxSize
    }

    /// The kernel's device has what can only be given when it is made.
    fileprivate func isMade(as link: NetlinkReply) -> Bool {
        let present = link.attributes(after: ifinfomsg.self).nested(IFLA_LINKINFO).nested(IFLA_INFO_DATA)
        let range = present.value(IFLA_VXLAN_PORT_RANGE, as: ifla_vxlan_port_range.self)
        return present.value(IFLA_VXLAN_PORT) == udpPort.bigEndian
            && range?.low == Self.sourcePorts.low && range?.high == Self.sourcePorts.high
            && Self.flags.allSatisfy { (present.value($0.attribute) ?? 0) == $0.value }
    }
}
