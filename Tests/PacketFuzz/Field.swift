import Policy

@testable import PacketLab

/// A place in a frame whose meaning is known.
struct Field {
    enum Kind {
        case destination, source, ethertype, tag, versionAndLength, trafficClass, length, fragment, ipProtocol, ipv4,
            ipv6
        case port, extensionLength, dataOffset, icmpType, arp, flags, network
    }

    var kind: Kind
    var place: Int

    /// What is worth trying there: what the programs and the policy know, its neighbours, and the ends of the range.
    /// All of one width.
    static let values: [Kind: [[UInt8]]] = [
        .destination: [
            MACAddress.host, .farHost, .broadcast, PacketNode.ownMAC, .local(0x07), .local(0x0B), .local(0x0C),
            MACAddress(value: 0), MACAddress(value: 0x0100_5E00_0005), MACAddress(value: 0x3333_0000_0001),
        ].map(\.wire),
        // Not the far host's: from then on it would be here, and nothing would go to a peer any more.
        .source: [
            MACAddress.host, .broadcast, PacketNode.ownMAC, .local(0x07), .local(0x0B), .local(0x0C),
            MACAddress(value: 0), MACAddress(value: 0x0100_5E00_0005), MACAddress(value: 0x3333_0000_0001),
        ].map(\.wire),
        .ethertype: [0x0800, 0x86DD, 0x0806, 0x8100, 0x88A8, 0x9100, 0x8847, 0x88B5, 0, 46, 1500, 0xFFFF].wires,
        .tag: [0, 1, 5, 12, 13, 14, 4095, 0x600C, 0xF00D].wires,
        .versionAndLength: [0x45, 0x40, 0x44, 0x46, 0x4F, 0x55, 0x60, 0x65, 0x6F, 0x00, 0x05, 0xFF].map { [$0] },
        .trafficClass: [0, 0x68, 0x69, 0xB8, 0xC0, 0x03, 0xFF].map { [$0] },
        .length: [0, 1, 7, 8, 20, 28, 1450, 1451, 1500, 0x7FFF, 0x8000, 0xFFFF].wires,
        .fragment: [0, 0x4000, 0x2000, 1, 0x2001, 0x1FFF, 0x3FFF, 0x8000, 0xFFFF].wires,
        .ipProtocol: [0, 1, 4, 6, 17, 41, 43, 44, 47, 50, 51, 58, 59, 60, 89, 132, 135, 253, 255].map { [$0] },
        .ipv4: [
            "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.9", "10.0.0.1", "10.0.0.2", "10.7.0.1", "10.8.0.1",
            "0.0.0.0", "127.0.0.1", "224.0.0.5", "255.255.255.255",
        ].map { Array(($0 as IPAddress).bytes.suffix(4)) },
        .ipv6: [
            "2001:db8::1", "2001:db8:7::1", "2001:db8:8::1", "::ffff:192.0.2.1", "::ffff:192.0.2.2",
            "::ffff:192.0.2.9", "::", "::1", "fe80::1", "ff02::1", "ff02::1:ff00:1",
        ].map { ($0 as IPAddress).bytes },
        .port: [4789, 4790, 4788, 8472, 0xB512, 7001, 7002, 8443, 9000, 9105, 9200, 5000, 53, 0, 0xFFFF].wires,
        .extensionLength: [0, 1, 2, 5, 30, 127, 200, 255].map { [$0] },
        .dataOffset: [0x00, 0x40, 0x50, 0x60, 0xF0].map { [$0] },
        .icmpType: [0, 3, 5, 8, 11, 1, 2, 127, 128, 132, 133, 135, 136, 137, 138, 255].map { [$0] },
        .arp: [1, 2, 0, 3, 0x0800, 0x0604, 0xFFFF].wires,
        .flags: [0x08, 0x00, 0xF7, 0xFF, 0x0C, 0x88, 0x80, 0x01].map { [$0] },
        .network: [4201, 4202, 4203, 0, 1, 100, 4711, 0xFF_FFFF].map { Array(UInt32($0).wire.suffix(3)) },
    ]

    static func width(of kind: Kind) -> Int { values[kind]![0].count }
}

extension [UInt16] {
    fileprivate var wires: [[UInt8]] { map(\.wire) }
}

/// Every field of a frame that can be found, those in its tunnels included.
struct FieldMap {
    private let bytes: [UInt8]
    private(set) var fields: [Field] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        ethernet(0)
    }

    /// False: it would be behind the frame's end.
    @discardableResult
    private mutating func add(_ kind: Field.Kind, _ place: Int) -> Bool {
        guard place + Field.width(of: kind) <= bytes.count else { return false }
        fields.append(Field(kind: kind, place: place))
        return true
    }

    private func half(_ place: Int) -> UInt16 { UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1]) }

    private mutating func ethernet(_ place: Int) {
        add(.destination, place)
        add(.source, place + 6)
        network(announcedAt: place + 12)
    }

    private mutating func network(announcedAt place: Int) {
        guard add(.ethertype, place) else { return }
        switch half(place) {
        case 0x8100, 0x88A8:
            add(.tag, place + 2)
            network(announcedAt: place + 4)
        case 0x0800: ipv4(place + 2)
        case 0x86DD: ipv6(place + 2)
        case 0x0806: for half in 0..<4 { add(.arp, place + 2 + 2 * half) }
        default: break
        }
    }

    private mutating func ipv4(_ place: Int) {
        add(.versionAndLength, place)
        add(.trafficClass, place + 1)
        add(.length, place + 2)
        add(.fragment, place + 6)
        add(.ipv4, place + 12)
        guard add(.ipv4, place + 16) else { return }
        add(.ipProtocol, place + 9)
        transport(bytes[place + 9], place + 4 * Int(bytes[place] & 15))
    }

    private mutating func ipv6(_ place: Int) {
        add(.versionAndLength, place)
        add(.length, place + 4)
        add(.ipv6, place + 8)
        guard add(.ipv6, place + 24) else { return }
        add(.ipProtocol, place + 6)
        transport(bytes[place + 6], place + 40)
    }

    private mutating func transport(_ number: UInt8, _ place: Int) {
        switch number {
        case 0, 43, 60:
            guard add(.extensionLength, place + 1) else { return }
            add(.ipProtocol, place)
            transport(bytes[place], place + 8 + 8 * Int(bytes[place + 1]))
        case 44:
            add(.ipProtocol, place)
            add(.fragment, place + 2)
        case 1, 58: add(.icmpType, place)
        case 6, 17, 132:
            add(.port, place)
            guard add(.port, place + 2) else { return }
            if number == 6 { add(.dataOffset, place + 12) }
            if number == 17 { datagram(place) }
        default: break
        }
    }

    private mutating func datagram(_ place: Int) {
        add(.length, place + 4)
        guard [4789, 8472].contains(half(place + 2)), add(.flags, place + 8), add(.network, place + 12) else { return }
        ethernet(place + 16)
    }
}
