import Testing

@testable import PacketLab

/// The builder, against bytes from elsewhere: every packet table rests on it.
@Suite("packets: the builder")
struct PacketTests {
    @Test("checksums agree with the examples of their definitions")
    func checksums() {
        // RFC 1071 section 3, and the header everybody quotes.
        #expect(internetChecksum([0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]) == ~0xDDF2)
        #expect(internetChecksum([0xAB]) == ~0xAB00)
        let header: [UInt8] = [
            0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0xB8, 0x61, 0xC0, 0xA8, 0x00, 0x01, 0xC0, 0xA8,
            0x00, 0xC7,
        ]
        #expect(internetChecksum(header) == 0)
        // RFC 3720 appendix B.4 has it with the bytes swapped.
        #expect(crc32c(Array("123456789".utf8)) == 0xE306_9283)
        #expect(crc32c([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    }

    @Test("a UDP datagram is byte for byte what the definitions say")
    func udp() {
        let frame = Packet.ethernet(to: .local(2), from: .local(1)).ipv4(dscp: 46, ecn: 1).udp(4000, 7001).payload([
            1, 2, 3,
        ])
        #expect(
            frame.bytes == [
                0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01, 0x08, 0x00,
                0x45, 0xB9, 0x00, 0x1F, 0x00, 0x01, 0x00, 0x00, 0x40, 0x11, 0x66, 0x12, 10, 0, 0, 1, 10, 0, 0, 2,
                0x0F, 0xA0, 0x1B, 0x59, 0x00, 0x0B, 0xBC, 0xDA, 1, 2, 3,
            ])
    }

    @Test("every checksum verifies, over both families, of even and odd lengths", arguments: [0, 1, 7, 100])
    func transports(length: Int) {
        let packets = [
            Packet().ipv4().udp(1, 2), Packet().ipv4().tcp(1, 2, options: [1, 1, 1, 0]), Packet().ipv6().udp(1, 2),
            Packet().ipv6().tcp(1, 2), Packet().ipv6().icmp6(128), Packet().ipv6().options(.hopByHop).udp(1, 2),
        ]
        for packet in packets {
            let bytes = packet.payload(count: length).bytes
            #expect(transportSum(bytes) == 0, "\(packet)")
            var wrong = bytes
            wrong[wrong.count - 1] ^= 1
            #expect(transportSum(wrong) != 0, "\(packet)")
        }
        #expect(internetChecksum(Array(Packet().ipv4().icmp(8).payload(count: length).bytes.dropFirst(20))) == 0)
    }

    @Test("headers announce what follows them")
    func announcements() {
        let chain = Packet.ethernet().vlan(12).ipv6().options(.hopByHop, units: 1).fragment6(5, more: true).tcp(1, 2)
            .bytes
        #expect(Array(chain[12..<18]) == [0x81, 0, 0, 12, 0x86, 0xDD])
        #expect(chain[18 + 6] == 0)
        #expect(Array(chain[58..<60]) == [44, 1])
        #expect(Array(chain[74..<78]) == [6, 0, 0, 5 << 3 | 1])
        let tunnel = Packet.ethernet().ipv4().udp(1, 4789).vxlan(0x123456).ethernet().arp(
            ip: "10.0.0.1", target: "10.0.0.2")
        #expect(Array(tunnel.bytes[42..<50]) == [8, 0, 0, 0, 0x12, 0x34, 0x56, 0])
        #expect(Array(tunnel.bytes[62..<64]) == [0x08, 0x06])
        #expect(tunnel.count == 50 + 14 + 28)
        #expect(
            Packet.ethernet().vlan(1, type: 0x88A8).ipv4(fragment: 3, more: true, number: 17).bytes[24..<26] == [
                0x20, 3,
            ])
    }

    @Test("what is told to be wrong is wrong, and padding pads")
    func wrong() {
        #expect(Packet().ipv4(headerWords: 3).bytes[0] == 0x43)
        #expect(Packet().ipv4(totalLength: 0).udp(1, 2).bytes[2..<4] == [0, 0])
        #expect(Packet().ipv4().udp(1, 2, checksum: 0).bytes[26..<28] == [0, 0])
        #expect(Packet.ethernet().ipv4().udp(1, 2).padded(to: 1500).count == 1500)
        #expect(Packet.ethernet().ipv4().udp(1, 2).cut(to: 20).count == 20)
    }
}

/// The sum over the pseudo-header and the transport of an IP packet; 0 where its checksum is right.
func transportSum(_ packet: [UInt8]) -> UInt16 {
    let isV4 = packet[0] >> 4 == 4
    var place = isV4 ? Int(packet[0] & 0xF) * 4 : 40
    var ipProtocol = isV4 ? packet[9] : packet[6]
    if !isV4, ipProtocol == 0 {
        ipProtocol = packet[place]
        place += 8 + 8 * Int(packet[place + 1])
    }
    let addresses = isV4 ? packet[12..<20] : packet[8..<40]
    let segment = packet[place...]
    return internetChecksum(addresses + [0, ipProtocol] + UInt16(segment.count).wire + segment)
}
