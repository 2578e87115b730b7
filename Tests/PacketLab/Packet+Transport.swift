import Policy

struct UDP: Layer {
    var source: UInt16
    var destination: UInt16
    /// nil: the right one. VXLAN's is 0.
    var checksum: UInt16?

    var ipProtocol: UInt8 { 17 }

    func bytes(around payload: [UInt8], next: (any Layer)?, network: (any NetworkLayer)?) -> [UInt8] {
        let length = 8 + payload.count
        var header = source.wire + destination.wire + UInt16(truncatingIfNeeded: length).wire + [0, 0]
        // 0 would mean that there is none (RFC 768).
        let right = transportChecksum(header + payload, 17, network)
        header.replaceSubrange(6..<8, with: (checksum ?? (right == 0 ? 0xFFFF : right)).wire)
        return header + payload
    }
}

struct TCP: Layer {
    var source: UInt16
    var destination: UInt16
    /// FIN 1, SYN 2, RST 4, PSH 8, ACK 16.
    var flags: UInt8
    var options: [UInt8]

    var ipProtocol: UInt8 { 6 }

    func bytes(around payload: [UInt8], next: (any Layer)?, network: (any NetworkLayer)?) -> [UInt8] {
        var header = source.wire + destination.wire + UInt32(1).wire + UInt32(1).wire
        header += [UInt8(5 + options.count / 4) << 4, flags] + UInt16(1000).wire + [0, 0, 0, 0] + options
        header.replaceSubrange(16..<18, with: transportChecksum(header + payload, 6, network).wire)
        return header + payload
    }
}

/// One that carries no chunks.
struct SCTP: Layer {
    var source: UInt16
    var destination: UInt16

    var ipProtocol: UInt8 { 132 }

    func bytes(around payload: [UInt8], next: (any Layer)?, network: (any NetworkLayer)?) -> [UInt8] {
        var header = source.wire + destination.wire + UInt32(1).wire + [0, 0, 0, 0]
        // The CRC alone is in the order of bytes of the machine that RFC 9260 appendix A thinks of: little-endian.
        header.replaceSubrange(8..<12, with: crc32c(header + payload).byteSwapped.wire)
        return header + payload
    }
}

/// ICMP, or over IPv6 ICMPv6: the four bytes behind the checksum, and more, are the payload.
struct ICMP: Layer {
    var type: UInt8
    var code: UInt8
    var isV6: Bool

    var ipProtocol: UInt8 { isV6 ? 58 : 1 }

    func bytes(around payload: [UInt8], next: (any Layer)?, network: (any NetworkLayer)?) -> [UInt8] {
        let message = [type, code, 0, 0] + payload
        let checksum = isV6 ? transportChecksum(message, 58, network) : internetChecksum(message)
        return [type, code] + checksum.wire + payload
    }
}

private func transportChecksum(_ segment: [UInt8], _ ipProtocol: UInt8, _ network: (any NetworkLayer)?) -> UInt16 {
    internetChecksum((network?.pseudoHeader(ipProtocol: ipProtocol, length: segment.count) ?? []) + segment)
}

/// The CRC of Castagnoli (RFC 9260 appendix A), bit by bit.
func crc32c(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { crc, byte in
        (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
    }
}

extension Packet {
    func udp(_ source: UInt16, _ destination: UInt16, checksum: UInt16? = nil) -> Packet {
        adding(UDP(source: source, destination: destination, checksum: checksum))
    }

    func tcp(_ source: UInt16, _ destination: UInt16, flags: UInt8 = 16, options: [UInt8] = []) -> Packet {
        adding(TCP(source: source, destination: destination, flags: flags, options: options))
    }

    func sctp(_ source: UInt16, _ destination: UInt16) -> Packet {
        adding(SCTP(source: source, destination: destination))
    }

    func icmp(_ type: UInt8, code: UInt8 = 0) -> Packet { adding(ICMP(type: type, code: code, isV6: false)) }

    func icmp6(_ type: UInt8, code: UInt8 = 0) -> Packet { adding(ICMP(type: type, code: code, isV6: true)) }

    /// A neighbour solicitation (RFC 4861 section 4.3), with its sender's MAC address as the option.
    func solicitation(
        _ target: IPAddress, from source: IPAddress = "2001:db8::1", mac: MACAddress = .host, hopLimit: UInt8 = 255
    ) -> Packet {
        ipv6(source, "ff02::1:ff00:2", hopLimit: hopLimit).icmp6(135)
            .payload([0, 0, 0, 0] + target.bytes + [1, 1] + mac.wire)
    }

    /// A neighbour advertisement (section 4.4). Flags: router 0x80, solicited 0x40, override 0x20.
    func advertisement(
        _ target: IPAddress, to destination: IPAddress = "2001:db8::1", mac: MACAddress = .farHost,
        flags: UInt8 = 0x60
    ) -> Packet {
        ipv6(target, destination, hopLimit: 255).icmp6(136)
            .payload([flags, 0, 0, 0] + target.bytes + [2, 1] + mac.wire)
    }
}
