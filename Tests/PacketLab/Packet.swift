/// A frame, built from the outside in:
///
///     Packet.ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(4000, 7001).payload(count: 18)
///
/// Types, lengths and checksums come out right, unless a part is told to be wrong.
struct Packet: Sendable {
    private(set) var layers: [any Layer] = []

    func adding(_ layer: some Layer) -> Packet {
        var longer = self
        longer.layers.append(layer)
        return longer
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for (place, layer) in layers.enumerated().reversed() {
            let next = layers[(place + 1)...].first
            let network = layers[..<place].lazy.compactMap { $0 as? any NetworkLayer }.last
            bytes = layer.bytes(around: bytes, next: next, network: network)
        }
        return bytes
    }

    var count: Int { bytes.count }

    /// Its first bytes only.
    func cut(to count: Int) -> [UInt8] { Array(bytes.prefix(count)) }
}

/// One header, or what is behind the last of them.
protocol Layer: Sendable {
    /// How the header in front announces this one.
    var ethertype: UInt16 { get }
    var ipProtocol: UInt8 { get }

    /// - Parameters:
    ///   - payload: what is inside, complete.
    ///   - network: the IP header this layer travels behind.
    func bytes(around payload: [UInt8], next: (any Layer)?, network: (any NetworkLayer)?) -> [UInt8]
}

extension Layer {
    /// The experimental ones: of IEEE 802, and of RFC 3692.
    var ethertype: UInt16 { 0x88B5 }
    var ipProtocol: UInt8 { 253 }
}

/// A layer that transports count into their checksums (RFC 9293 section 3.1, RFC 8200 section 8.1).
protocol NetworkLayer: Layer {
    func pseudoHeader(ipProtocol: UInt8, length: Int) -> [UInt8]
}

/// Bytes as they are.
struct Payload: Layer {
    var content: [UInt8]

    func bytes(around payload: [UInt8], next: (any Layer)?, network: (any NetworkLayer)?) -> [UInt8] {
        content + payload
    }
}

extension Packet {
    func payload(_ content: [UInt8]) -> Packet { adding(Payload(content: content)) }

    /// Bytes that count up from 0.
    func payload(count: Int) -> Packet { payload((0..<count).map { UInt8(truncatingIfNeeded: $0) }) }

    /// Payload up to a length of the whole frame; more than that must not be there yet.
    func padded(to length: Int) -> Packet { payload(count: length - count) }
}

/// The Internet checksum (RFC 1071) of an even or odd number of bytes. Of bytes that hold their own checksum it is 0.
func internetChecksum(_ bytes: [UInt8]) -> UInt16 {
    var sum: UInt32 = 0
    for place in stride(from: 0, to: bytes.count, by: 2) {
        sum += UInt32(bytes[place]) << 8 | (place + 1 < bytes.count ? UInt32(bytes[place + 1]) : 0)
        sum = (sum & 0xFFFF) + sum >> 16
    }
    return ~UInt16(sum)
}

extension FixedWidthInteger {
    /// In network order.
    var wire: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}
