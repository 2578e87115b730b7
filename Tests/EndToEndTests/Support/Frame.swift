/// Ethernet frames made by hand, for what no well-behaved sender would send.
struct Frame: Sendable {
    var bytes: [UInt8]

    /// - Parameter vlan: the id of an 802.1Q tag; nil: untagged.
    init(
        to destination: MAC, from source: MAC, vlan: UInt16? = nil, type: UInt16 = Frame.experimental,
        payload: [UInt8]
    ) {
        bytes = destination.bytes + source.bytes
        if let vlan { bytes += Self.bytes(of: 0x8100) + Self.bytes(of: vlan) }
        bytes += Self.bytes(of: type) + payload
        bytes += [UInt8](repeating: 0, count: max(0, 60 - bytes.count))
    }

    /// IEEE 802 Local Experimental Ethertype 1: no stack answers it.
    static let experimental: UInt16 = 0x88b5

    /// An IPv4 datagram with complete checksums.
    ///
    /// - Parameter checksumError: is added to the UDP checksum.
    static func udp(
        from source: (address: [UInt8], port: UInt16), to destination: (address: [UInt8], port: UInt16),
        payload: [UInt8], checksumError: UInt16 = 0
    ) -> [UInt8] {
        let length = UInt16(8 + payload.count)
        let header = Self.bytes(of: source.port) + Self.bytes(of: destination.port) + Self.bytes(of: length)
        let pseudo = source.address + destination.address + [0, 17] + Self.bytes(of: length)
        let sum = checksum(pseudo + header + payload) &+ checksumError
        return ipv4(
            from: source.address, to: destination.address, protocol: 17,
            payload: header + Self.bytes(of: sum) + payload)
    }

    private static func ipv4(
        from source: [UInt8], to destination: [UInt8], protocol number: UInt8, payload: [UInt8]
    ) -> [UInt8] {
        let length = UInt16(20 + payload.count)
        let start: [UInt8] = [0x45, 0] + Self.bytes(of: length) + [0, 0, 0x40, 0, 64, number]
        return start + Self.bytes(of: checksum(start + source + destination)) + source + destination + payload
    }

    /// What follows the UDP header of a VXLAN packet (RFC 7348 section 5).
    static func vxlan(vni: UInt32, flags: UInt8 = 0x08, inner: Frame) -> [UInt8] {
        [flags, 0, 0, 0] + withUnsafeBytes(of: (vni << 8).bigEndian) { Array($0) } + inner.bytes
    }

    private static func bytes(of word: UInt16) -> [UInt8] { [UInt8(word >> 8), UInt8(word & 0xff)] }

    /// RFC 1071.
    private static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for (index, byte) in bytes.enumerated() { sum += UInt32(byte) << (index % 2 == 0 ? 8 : 0) }
        while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
        return ~UInt16(sum)
    }

    /// The 802.1Q tag's id, where there is one.
    var vlan: UInt16? {
        bytes[12...13] == [0x81, 0x00] ? UInt16(bytes[14] & 0x0f) << 8 | UInt16(bytes[15]) : nil
    }

    func contains(_ part: [UInt8]) -> Bool { bytes.firstRange(of: part) != nil }
}

struct MAC: Sendable {
    var bytes: [UInt8]

    /// The lab's hosts: 02:00:00:00:NODE:HOST; HOST is 0 for the underlay.
    static func lab(_ node: UInt8, _ host: UInt8) -> MAC { MAC(bytes: [2, 0, 0, 0, node, host]) }
    /// One of many, locally administered.
    static func number(_ number: UInt32) -> MAC {
        MAC(bytes: [6, 0] + withUnsafeBytes(of: number.bigEndian) { Array($0) })
    }
    static let broadcast = MAC(bytes: [UInt8](repeating: 0xff, count: 6))

    var text: String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":") }
}

/// Bytes that are in no other frame, to know a frame by.
struct Marker: Sendable {
    let bytes: [UInt8] = (0..<16).map { _ in .random(in: 0...255) }

    func bytes(_ number: Int) -> [UInt8] { bytes + [UInt8(number >> 8 & 0xff), UInt8(number & 0xff)] }
}
