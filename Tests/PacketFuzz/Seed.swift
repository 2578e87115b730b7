import Policy

@testable import PacketLab

/// A frame to start from, and where its fields are.
struct Seed {
    let bytes: [UInt8]
    let fields: [Field]

    /// The kernel runs a program on no longer frame.
    static let longest = 3400

    init(_ bytes: [UInt8]) {
        self.bytes = Array(bytes.prefix(Self.longest))
        fields = FieldMap(self.bytes).fields
    }

    /// The frame with up to four things wrong with it, and one in four of another length.
    func mutated(using random: inout WyRand) -> [UInt8] {
        var frame = bytes
        for _ in 0..<random.below(5) { change(&frame, using: &random) }
        if random.below(4) == 0 { resize(&frame, using: &random) }
        return frame
    }

    private func change(_ frame: inout [UInt8], using random: inout WyRand) {
        // Headers are in the first bytes; what is behind them concerns nobody.
        let near = random.below(min(frame.count, 160))
        switch random.below(8) {
        case 0: frame[near] ^= 1 << UInt8(random.below(8))
        case 1: frame[near] = UInt8(truncatingIfNeeded: random.next())
        case 2:
            let field = random.pick(fields)
            frame[field.place + Field.width(of: field.kind) - 1] = UInt8(truncatingIfNeeded: random.next())
        default:
            let field = random.pick(fields)
            let value = random.pick(Field.values[field.kind]!)
            for (offset, byte) in value.enumerated() { frame[field.place + offset] = byte }
        }
    }

    private func resize(_ frame: inout [UInt8], using random: inout WyRand) {
        switch random.below(5) {
        case 0: frame.removeLast(random.below(frame.count - 13))
        case 1: frame.removeLast(max(0, frame.count - 14 - random.below(100)))
        case 2:
            let around = 1464 - 4 + random.below(8), any = random.below(Self.longest)
            let length = random.below(2) == 0 ? around : any
            if length > frame.count { frame += [UInt8](repeating: 0x5A, count: length - frame.count) }
        case 3:
            let tag = random.pick(Field.values[.tag]!)
            frame.insert(
                contentsOf: [random.below(3) == 0 ? 0x88 : 0x81, random.below(3) == 0 ? 0xA8 : 0] + tag, at: 12)
        default:
            // Some header or part of one twice.
            let place = random.pick(fields).place, length = min(8 * (1 + random.below(5)), frame.count - place)
            guard length > 0 else { return }
            frame.insert(contentsOf: Array(frame[place..<place + length]), at: place)
        }
        frame.removeLast(max(0, frame.count - Self.longest))
    }
}

extension Seed {
    /// What a tenant may send: frames of every kind that the programs tell apart, and those of captures.
    static func tenants(_ captures: [[UInt8]]) -> [Seed] {
        let frame = Packet.ethernet(), own = Packet.ethernet(from: .local(0x0B))
        let built: [Packet] = [
            frame, frame.ipv4().udp(4000, 7001).payload(count: 18), frame.ipv4().udp(4000, 7002).payload(count: 30),
            own.ipv4("10.0.0.3").tcp(4000, 9000, options: [1, 1, 1, 0]), frame.ipv4("10.8.0.1").tcp(8443, 4000),
            frame.ipv4(options: [1, 1, 1, 0]).sctp(5000, 5000), frame.ipv4().icmp(8).payload(count: 40),
            frame.ipv4(fragment: 185, number: 17).payload(count: 60), frame.ipv4(more: true).udp(1, 2),
            frame.ipv4(dscp: 26).udp(1, 2), frame.ipv4("10.7.0.1", dscp: 26).udp(1, 2),
            frame.ipv6().tcp(4000, 9105), own.ipv6("2001:db8:8::1").udp(1, 7001).payload(count: 20),
            frame.ipv6().options(.hopByHop).options(.routing, units: 1).options(.destinationOptions).udp(1, 7002),
            frame.ipv6().options(.hopByHop).fragment6(0, more: true).udp(1, 2), frame.ipv6().fragment6(9).udp(1, 2),
            frame.ipv6().icmp6(135).payload(count: 20), frame.ipv6("fe80::1", "ff02::1").icmp6(133).payload(count: 4),
            (0..<7).reduce(frame.ipv6()) { packet, _ in packet.options(.destinationOptions) }.udp(1, 2),
            Packet.ethernet(to: .broadcast).arp(ip: "10.0.0.1", target: "10.0.0.2"),
            frame.arp(2, ip: "10.0.0.1", target: "10.0.0.2"),
            Packet.ethernet(to: .broadcast).solicitation("2001:db8::2"), frame.advertisement("2001:db8::1", mac: .host),
            frame.vlan(12).ipv4().udp(1, 7001), frame.vlan(13, type: 0x88A8).vlan(12).ipv6().tcp(1, 2),
            Packet.ethernet(to: .local(0x07)).ipv4().udp(1, 2), Packet.ethernet(to: .local(0x0B)).ipv4().tcp(1, 2),
            Packet.ethernet(from: .local(0x07)).ipv4().udp(1, 2),
            Packet.ethernet(to: MACAddress(value: 0x0100_5E00_0005)).ipv4("10.0.0.1", "224.0.0.5").udp(1, 2),
            frame.ipv4("192.0.2.2", "192.0.2.1").udp(1, 4789).vxlan(4202).ethernet().ipv4().tcp(1, 2),
            frame.ipv4().udp(1, 2).padded(to: 1464), frame.ipv4().udp(1, 2).padded(to: 1465),
            frame.ipv6().tcp(1, 2).padded(to: 1465), frame.ipv4().tcp(1, 2).padded(to: 3000),
        ]
        // Where captures say is nowhere here.
        let sent = captures.map { MACAddress.farHost.wire + $0.dropFirst(6) }
        return (built.map(\.bytes) + sent).map(Seed.init)
    }

    /// What the underlay may bring: tenants' frames from peers and strangers, of every network, and captures as they are.
    static func underlay(_ node: PacketNode, _ tenants: [Seed], _ captures: [[UInt8]]) -> [Seed] {
        let senders: [(IPAddress, UInt32)] = [
            ("192.0.2.2", 4201), ("192.0.2.2", 4202), ("192.0.2.3", 4201), ("192.0.2.3", 4202), ("192.0.2.9", 4201),
        ]
        let built = tenants.enumerated().map { place, seed in
            let (address, network) = senders[place % senders.count]
            let addresses = MACAddress.host.wire + MACAddress.farHost.wire
            return node.tunnelled(network, from: address).payload(addresses + seed.bytes.dropFirst(12)).bytes
        }
        let toNode = captures.map { $0.readdressed(from: "192.0.2.2", to: "192.0.2.1") }
        return (built + captures + toNode).map(Seed.init)
    }
}
