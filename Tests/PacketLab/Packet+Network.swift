import Policy

struct IPv4: NetworkLayer {
    var source: IPAddress
    var destination: IPAddress
    /// DSCP << 2 | ECN.
    var trafficClass: UInt8
    var identification: UInt16
    var options: [UInt8]
    /// In units of 8 bytes.
    var fragmentOffset: UInt16
    var moreFragments: Bool
    /// In words; nil: as long as it is.
    var headerWords: UInt8?
    var totalLength: UInt16?
    /// nil: what the next layer is.
    var number: UInt8?

    var ethertype: UInt16 { 0x0800 }
    var ipProtocol: UInt8 { 4 }

    func bytes(around payload: [UInt8], next: (any Layer)?, network: (any NetworkLayer)?) -> [UInt8] {
        let length = 20 + options.count
        let fragment = (moreFragments ? 0x2000 : 0) | fragmentOffset
        var header: [UInt8] = [0x40 | (headerWords ?? UInt8(length / 4)), trafficClass]
        header += (totalLength ?? UInt16(truncatingIfNeeded: length + payload.count)).wire + identification.wire
        header += fragment.wire + [64, number ?? next?.ipProtocol ?? 253, 0, 0]
        header += source.bytes.suffix(4) + destination.bytes.suffix(4) + options
        header.replaceSubrange(10..<12, with: internetChecksum(header).wire)
        return header + payload
    }

    func pseudoHeader(ipProtocol: UInt8, length: Int) -> [UInt8] {
        source.bytes.suffix(4) + destination.bytes.suffix(4) + [0, ipProtocol] + UInt16(truncatingIfNeeded: length).wire
    }
}

struct IPv6: NetworkLayer {
    var source: IPAddress
    var destination: IPAddress
    var trafficClass: UInt8
    /// nil: what the next layer is.
    var number: UInt8?
    var hopLimit: UInt8

    var ethertype: UInt16 { 0x86DD }
    var ipProtocol: UInt8 { 41 }

    func bytes(around payload: [UInt8], next: (any Layer)?, network: (any NetworkLayer)?) -> [UInt8] {
        (0x6000_0000 | UInt32(trafficClass) << 20).wire + UInt16(truncatingIfNeeded: payload.count).wire
            + [number ?? next?.ipProtocol ?? 59, hopLimit] + source.bytes + destination.bytes + payload
    }

    func pseudoHeader(ipProtocol: UInt8, length: Int) -> [UInt8] {
        source.bytes + destination.bytes + UInt32(length).wire + [0, 0, 0, ipProtocol]
    }
}

/// An IPv6 extension header of options, all of them padding (RFC 8200 section 4).
struct IPv6Extension: Layer {
    enum Kind: UInt8 { case hopByHop = 0, routing = 43, destinationOptions = 60 }
    var kind: Kind
    /// Beyond the first 8 bytes, in units of 8.
    var units: UInt8
    var number: UInt8?

    var ipProtocol: UInt8 { kind.rawValue }

    func bytes(around payload: [UInt8], next: (any Layer)?, network: (any NetworkLayer)?) -> [UInt8] {
        let padding = [UInt8](repeating: 0, count: 6 + 8 * Int(units))
        return [number ?? next?.ipProtocol ?? 59, units] + padding + payload
    }
}

struct IPv6Fragment: Layer {
    /// In units of 8 bytes.
    var offset: UInt16
    var more: Bool
    var number: UInt8?

    var ipProtocol: UInt8 { 44 }

    func bytes(around payload: [UInt8], next: (any Layer)?, network: (any NetworkLayer)?) -> [UInt8] {
        [number ?? next?.ipProtocol ?? 59, 0] + (offset << 3 | (more ? 1 : 0)).wire + UInt32(1).wire + payload
    }
}

extension Packet {
    func ipv4(
        _ source: IPAddress = "10.0.0.1", _ destination: IPAddress = "10.0.0.2", dscp: UInt8 = 0, ecn: UInt8 = 0,
        identification: UInt16 = 1, options: [UInt8] = [], fragment offset: UInt16 = 0, more: Bool = false,
        headerWords: UInt8? = nil,
        totalLength: UInt16? = nil, number: UInt8? = nil
    ) -> Packet {
        adding(
            IPv4(
                source: source, destination: destination, trafficClass: dscp << 2 | ecn,
                identification: identification, options: options, fragmentOffset: offset, moreFragments: more,
                headerWords: headerWords, totalLength: totalLength, number: number))
    }

    func ipv6(
        _ source: IPAddress = "2001:db8::1", _ destination: IPAddress = "2001:db8::2", dscp: UInt8 = 0, ecn: UInt8 = 0,
        number: UInt8? = nil, hopLimit: UInt8 = 64
    ) -> Packet {
        adding(
            IPv6(
                source: source, destination: destination, trafficClass: dscp << 2 | ecn, number: number,
                hopLimit: hopLimit))
    }

    func options(_ kind: IPv6Extension.Kind, units: UInt8 = 0, number: UInt8? = nil) -> Packet {
        adding(IPv6Extension(kind: kind, units: units, number: number))
    }

    func fragment6(_ offset: UInt16, more: Bool = false, number: UInt8? = nil) -> Packet {
        adding(IPv6Fragment(offset: offset, more: more, number: number))
    }
}

extension IPAddress: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self = try! IPAddress(parsing: text) }
}
