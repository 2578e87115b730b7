import Policy

/// A second reading of a frame's headers, from the standards and from nothing that the programs share: they are
/// judged by it.
struct ReferenceFrame {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private enum Ethertype {
        static let ipv4: UInt16 = 0x0800, ipv6: UInt16 = 0x86DD, tags: [UInt16] = [0x8100, 0x88A8]
    }

    /// Big-endian.
    private func number<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type, at place: Int) -> Number {
        bytes[place..<place + MemoryLayout<Number>.size].reduce(0) { $0 << 8 | Number($1) }
    }
}

// MARK: ports

extension ReferenceFrame {
    /// Whether a port must refuse it: a header is cut short, or is not what the header in front announces.
    var isMalformed: Bool {
        var type = 12
        for _ in 0..<2 where bytes.count >= type + 2 && Ethertype.tags.contains(number(UInt16.self, at: type)) {
            type += 4
        }
        guard bytes.count >= type + 2 else { return true }
        let start = type + 2
        switch number(UInt16.self, at: type) {
        case Ethertype.ipv4: return bytes.count < start + 20 || bytes[start] >> 4 != 4 || bytes[start] & 15 < 5
        case Ethertype.ipv6: return bytes.count < start + 40 || bytes[start] >> 4 != 6 || hasBadExtension(start)
        default: return false
        }
    }

    /// As many extension headers as anybody sends, within the first 2,048 bytes. Behind a fragment's is no header.
    private func hasBadExtension(_ start: Int) -> Bool {
        let hopByHop: UInt8 = 0, routing: UInt8 = 43, fragment: UInt8 = 44, destinationOptions: UInt8 = 60
        var kind = bytes[start + 6]
        var place = start + 40
        for _ in 0..<6 where [hopByHop, routing, fragment, destinationOptions].contains(kind) {
            guard bytes.count >= place + 8 else { return true }
            if kind == fragment { return false }
            kind = bytes[place]
            place += 8 * (1 + Int(bytes[place + 1]))
            if place > 2048 { return true }
        }
        return false
    }
}

// MARK: the underlay

/// A UDP datagram that is whole, and the first header of its frame.
struct ReferenceDatagram: Equatable {
    var source: IPAddress
    var destination: IPAddress
    var port: UInt16
    /// Where its content begins.
    var content: Int
}

extension ReferenceFrame {
    /// nil: it is something else, or a part of one.
    var datagram: ReferenceDatagram? {
        let ip = 14, isUDP: UInt8 = 17
        let udp: Int, source: IPAddress, destination: IPAddress
        guard bytes.count >= ip + 20 else { return nil }
        switch number(UInt16.self, at: 12) {
        case Ethertype.ipv4:
            let header = 4 * Int(bytes[ip] & 15), isFragment = number(UInt16.self, at: ip + 6) & 0x3FFF != 0
            guard header >= 20, bytes[ip + 9] == isUDP, !isFragment else { return nil }
            udp = ip + header
            source = IPAddress(v4: number(UInt32.self, at: ip + 12))
            destination = IPAddress(v4: number(UInt32.self, at: ip + 16))
        case Ethertype.ipv6:
            guard bytes.count >= ip + 40, bytes[ip + 6] == isUDP else { return nil }
            udp = ip + 40
            source = ipv6(at: ip + 8)
            destination = ipv6(at: ip + 24)
        default: return nil
        }
        guard bytes.count >= udp + 8 else { return nil }
        return ReferenceDatagram(
            source: source, destination: destination, port: number(UInt16.self, at: udp + 2), content: udp + 8)
    }

    private func ipv6(at place: Int) -> IPAddress {
        IPAddress(high: number(UInt64.self, at: place), low: number(UInt64.self, at: place + 8))
    }

    /// Where the network's number of VXLAN on the registered port is. nil: it is not VXLAN (RFC 7348 section 5).
    var networkPlace: Int? {
        guard let datagram, datagram.port == 4789, bytes.count >= datagram.content + 8,
            bytes[datagram.content] & 0x08 != 0
        else { return nil }
        return datagram.content + 4
    }

    /// Whether a host would take the frame in a VXLAN tunnel out as it is, ECN aside: IPv4 without options, no UDP
    /// checksum, no reserved bit, and lengths and header checksum that are right.
    var isPlainTunnel: Bool {
        let ip = 14, udp = 34, vxlan = 42
        guard bytes.count >= vxlan + 8, networkPlace == vxlan + 4, bytes[ip] == 0x45 else { return false }
        return internetChecksum(Array(bytes[ip..<udp])) == 0 && bytes[udp + 6..<vxlan] == [0, 0]
            && Int(number(UInt16.self, at: ip + 2)) == bytes.count - ip
            && Int(number(UInt16.self, at: udp + 4)) == bytes.count - udp
            && bytes[vxlan..<vxlan + 4] == [0x08, 0, 0, 0] && bytes[vxlan + 7] == 0
    }
}

extension [UInt8] {
    /// With other ends, where it is of the same family.
    func readdressed(from source: IPAddress, to destination: IPAddress) -> [UInt8] {
        guard let datagram = ReferenceFrame(self).datagram, datagram.source.isIPv4 == source.isIPv4 else { return self }
        let (place, width) = source.isIPv4 ? (26, 4) : (22, 16)
        var frame = self
        frame.replaceSubrange(
            place..<place + 2 * width, with: source.bytes.suffix(width) + destination.bytes.suffix(width))
        return frame
    }
}

/// Whom a node lets in.
struct ReferenceGuard {
    var address: IPAddress
    /// The networks that each peer shares.
    var peers: [IPAddress: Set<UInt32>]

    init(_ policy: Policy) {
        address = policy.underlay.address
        let networks = Dictionary(uniqueKeysWithValues: policy.slices.map { ($0.name, $0.vni) })
        peers = Dictionary(
            uniqueKeysWithValues: policy.peers.map { ($0.address, Set($0.slices.map { networks[$0]! })) })
    }

    /// What must become of a frame on the underlay: it is none of the fabric's business, it comes in as one of this
    /// network, or it is dropped for a reason, as the counter is called.
    enum Fate: Equatable { case passed, admitted(network: UInt32), dropped(reason: String) }

    func fate(of bytes: [UInt8]) -> Fate {
        let frame = ReferenceFrame(bytes)
        guard let datagram = frame.datagram, datagram.destination == address, datagram.port == 4789 else {
            return .passed
        }
        guard let place = frame.networkPlace else { return .dropped(reason: "bad_vxlan") }
        guard let networks = peers[datagram.source] else { return .dropped(reason: "not_peer") }
        let network = bytes[place..<place + 3].reduce(0) { $0 << 8 | UInt32($1) }
        return networks.contains(network) ? .admitted(network: network) : .dropped(reason: "wrong_vni")
    }

    /// nil: the guard must let the frame pass.
    func reason(against bytes: [UInt8]) -> String? {
        if case .dropped(let reason) = fate(of: bytes) { reason } else { nil }
    }
}
