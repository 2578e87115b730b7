import Policy

/// Ethernet II.
struct Ethernet: Layer {
    var destination: MACAddress
    var source: MACAddress
    /// nil: what the next layer is.
    var type: UInt16?

    /// A tunnelled frame's own (RFC 7348: VXLAN is behind UDP and never announced; NVGRE and others use this one).
    var ethertype: UInt16 { 0x6558 }

    func bytes(around payload: [UInt8], next: (any Layer)?, network: (any NetworkLayer)?) -> [UInt8] {
        destination.wire + source.wire + (type ?? next?.ethertype ?? 0x88B5).wire + payload
    }
}

/// An 802.1Q tag, or with another type one of 802.1ad.
struct VLANTag: Layer {
    var id: UInt16
    var ethertype: UInt16

    func bytes(around payload: [UInt8], next: (any Layer)?, network: (any NetworkLayer)?) -> [UInt8] {
        id.wire + (next?.ethertype ?? 0x88B5).wire + payload
    }
}

/// ARP for IPv4 over Ethernet (RFC 826).
struct ARP: Layer {
    var operation: UInt16
    var sender: (mac: MACAddress, ip: IPAddress)
    var target: (mac: MACAddress, ip: IPAddress)

    var ethertype: UInt16 { 0x0806 }

    func bytes(around payload: [UInt8], next: (any Layer)?, network: (any NetworkLayer)?) -> [UInt8] {
        UInt16(1).wire + UInt16(0x0800).wire + [6, 4] + operation.wire
            + sender.mac.wire + sender.ip.bytes.suffix(4) + target.mac.wire + target.ip.bytes.suffix(4) + payload
    }
}

/// VXLAN (RFC 7348 section 5), right or wrong.
struct VXLAN: Layer {
    var vni: UInt32
    var flags: UInt8
    /// The three bytes behind the flags and the one behind the VNI.
    var reserved: [UInt8]

    func bytes(around payload: [UInt8], next: (any Layer)?, network: (any NetworkLayer)?) -> [UInt8] {
        [flags] + reserved.prefix(3) + vni.wire.suffix(3) + reserved.suffix(1) + payload
    }
}

extension Packet {
    static func ethernet(
        to destination: MACAddress = .farHost, from source: MACAddress = .host, type: UInt16? = nil
    ) -> Packet {
        Packet().ethernet(to: destination, from: source, type: type)
    }

    /// One more, inside a tunnel.
    func ethernet(
        to destination: MACAddress = .farHost, from source: MACAddress = .host, type: UInt16? = nil
    ) -> Packet {
        adding(Ethernet(destination: destination, source: source, type: type))
    }

    func vlan(_ id: UInt16, type: UInt16 = 0x8100) -> Packet { adding(VLANTag(id: id, ethertype: type)) }

    /// A request for `target`, or as operation 2 the answer of `mac`.
    func arp(
        _ operation: UInt16 = 1, mac: MACAddress = .host, ip: IPAddress, target: IPAddress,
        targetMAC: MACAddress = MACAddress(value: 0)
    ) -> Packet {
        adding(ARP(operation: operation, sender: (mac, ip), target: (targetMAC, target)))
    }

    func vxlan(_ vni: UInt32, flags: UInt8 = 0x08, reserved: [UInt8] = [0, 0, 0, 0]) -> Packet {
        adding(VXLAN(vni: vni, flags: flags, reserved: reserved))
    }
}

extension MACAddress {
    var wire: [UInt8] { value.wire.suffix(6) }

    /// A locally administered address: 02:00:00:00:00:00 plus the number.
    static func local(_ number: UInt64) -> MACAddress { MACAddress(value: 0x0200_0000_0000 | number) }

    static let broadcast = MACAddress(value: 0xFFFF_FFFF_FFFF)
    /// On port p1.
    static let host = local(0x0A)
    /// Behind a peer.
    static let farHost = local(0x1D)
}
