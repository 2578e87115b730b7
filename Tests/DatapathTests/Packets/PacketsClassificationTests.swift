import CBPF
import Testing

@testable import Datapath
@testable import PacketLab

/// What puts a packet into a class, on the real program. Each row names its rule's kind.
@Suite("packets: classification", .enabled(if: mayMakeNamespaces))
struct PacketsClassificationTests {
    @Test("every dimension of a rule decides, in the directions it is meant for")
    func dimensions() async {
        await #expect(processExitsWith: .success) { try PacketNode.informed().check(Self.dimensions) }
    }

    private static var dimensions: [PacketRow] {
        let frame = Packet.ethernet()
        let v4 = frame.ipv4(), v6 = frame.ipv6()
        return [
            .express(
                "a port for either end matches the destination", v4.udp(4000, 7001).payload(count: 18),
                "perp liquidation"),
            .express(
                "a port for either end matches the source", v4.udp(7001, 4000).payload(count: 18), "perp liquidation"),
            .express("the same port over IPv6 is the same rule", v6.udp(4000, 7001), "perp liquidation"),
            .queued("the port of another protocol is another port", v4.tcp(4000, 7001), "perp bulk"),
            .queued("a rule of one slice is none of another", v4.udp(4000, 7001), "common bulk", port: "p2"),
            .queued("one port beside the rule's is not the rule's", v4.udp(4000, 7000), "perp bulk"),

            .queued(
                "port and prefix match at the source's end", frame.ipv4("10.8.0.9").tcp(8443, 50000), "perp settlement"),
            .queued(
                "port and prefix match at the destination's end", frame.ipv4("10.0.0.1", "10.8.0.9").tcp(50000, 8443),
                "perp settlement"),
            .queued(
                "a port at one end and a prefix at the other match nothing", frame.ipv4("10.8.0.9").tcp(50000, 8443),
                "perp bulk"),
            .queued("the port without the prefix matches nothing", v4.tcp(50000, 8443), "perp bulk"),

            .queued("a destination port in a range matches", v4.tcp(50000, 9105), "perp orders"),
            .queued("the range's first port matches", v4.tcp(50000, 9100), "perp orders"),
            .queued("the range's last port matches", v4.tcp(50000, 9110), "perp orders"),
            .queued("the port after the range does not", v4.tcp(50000, 9111), "perp bulk"),
            .queued("a destination port does not match the source", v4.tcp(9105, 50000), "perp bulk"),
            .queued(
                "a source port matches the source", frame.ipv4("10.1.0.1", "10.0.0.2").tcp(9200, 50000), "perp orders"),
            .queued("a source port does not match the destination", v4.tcp(50000, 9200), "perp bulk"),
            .queued("a source prefix leaves others out", frame.ipv4("10.0.1.1").tcp(50000, 9000), "perp bulk"),
            .queued(
                "a source prefix does not match the destination", frame.ipv4("10.1.0.1", "10.0.0.2").tcp(50000, 9000),
                "perp bulk"),

            .queued("an IPv6 prefix matches the source", frame.ipv6("2001:db8:8::1").udp(1, 2), "perp settlement"),
            .queued(
                "an IPv6 prefix matches the destination", frame.ipv6("2001:db8::1", "2001:db8:8:ffff::1").udp(1, 2),
                "perp settlement"),
            .queued("an IPv6 address beside the prefix does not", frame.ipv6("2001:db8:9::1").udp(1, 2), "perp bulk"),

            .queued("SCTP has ports", v4.sctp(5000, 1), "perp orders"),
            .queued("a protocol alone is a rule", v4.icmp(8).payload(count: 60), "perp orders"),
            .queued("the protocol of the other family is another", v6.icmp6(128).payload(count: 60), "perp bulk"),

            .queued(
                "a DSCP is believed from a trusted source", frame.ipv4("10.7.1.1", dscp: 26).udp(1, 2),
                "perp market-data"),
            .queued(
                "its ECN bits are none of the DSCP", frame.ipv4("10.7.1.1", dscp: 26, ecn: 3).udp(1, 2),
                "perp market-data"),
            .queued(
                "a DSCP is not believed from anybody else", frame.ipv4("10.6.1.1", dscp: 26).udp(1, 2), "perp bulk"),
            .queued(
                "a trusted destination makes no DSCP believed", frame.ipv4("10.6.1.1", "10.7.1.1", dscp: 26).udp(1, 2),
                "perp bulk"),
            .queued(
                "another DSCP from a trusted source is no match", frame.ipv4("10.7.1.1", dscp: 25).udp(1, 2),
                "perp bulk"),
            .queued(
                "an IPv6 traffic class holds a DSCP too", frame.ipv6("2001:db8:7::1", dscp: 26, ecn: 1).tcp(1, 2),
                "perp market-data"),
            .queued(
                "a slice with rules for all only has those", frame.ipv4("10.7.1.1", dscp: 26).udp(1, 2),
                "common market-data", port: "p2"),

            .queued("a frame that is not IP is in the default class", frame.payload(count: 46), "perp bulk"),
            .queued(
                "an Ethernet type nobody knows is carried", Packet.ethernet(type: 0x9000).payload(count: 46),
                "perp bulk"),
        ]
    }

    @Test("a payload's field is compared as an unsigned number in network order, where it is all there")
    func payload() async {
        await #expect(processExitsWith: .success) { try Self.checkPayload() }
    }

    private static func checkPayload() throws {
        let liquidation = Packet.ethernet().ipv4().udp(4000, 7002)
        let rows: [PacketRow] = [
            .express("at the threshold", liquidation.payload([0, 0, 0x03, 0xE8]), "perp liquidation"),
            .queued("one below", liquidation.payload([0, 0, 0x03, 0xE7]), "perp bulk"),
            .express("the highest bit is no sign", liquidation.payload([0, 0, 0x80, 0]), "perp liquidation"),
            .queued(
                "in the other order of bytes it would be above", liquidation.payload([0, 0, 0, 0xE8]), "perp bulk"),
            .queued("the field beside it counts for nothing", liquidation.payload([0xFF, 0xFF, 0, 1]), "perp bulk"),
            .queued("half of the field is missing", liquidation.payload([0, 0, 0xFF]), "perp bulk"),
            .queued("no payload at all", liquidation, "perp bulk"),
            .queued(
                "the rule names the destination port",
                Packet.ethernet().ipv4().udp(7002, 4000).payload([0, 0, 0xFF, 0xFF]), "perp bulk"),
            .queued("TCP has no such field", Packet.ethernet().ipv4().tcp(4000, 7002).payload(count: 20), "perp bulk"),
            .express(
                "the field is found behind options",
                Packet.ethernet().ipv4(options: [1, 1, 1, 0]).udp(4000, 7002).payload([0, 0, 4, 0]), "perp liquidation"),
            .express(
                "and behind extension headers",
                Packet.ethernet().ipv6().options(.hopByHop).udp(4000, 7002).payload([0, 0, 4, 0]), "perp liquidation"),
        ]
        let node = try PacketNode.informed()
        try node.check(rows)
        try node.check([
            .express(
                "a rule for all slices holds in each", liquidation.payload([0, 0, 4, 0]), "spot liquidation", port: "p2"
            )
        ])
    }

    @Test("what a flow's packet found out is kept, unless its payload was looked at")
    func kept() async {
        await #expect(processExitsWith: .success) {
            let node = try PacketNode.informed()
            let before = try Self.keptFlows(of: node)
            func keeps(_ source: UInt16, _ destination: UInt16, _ payload: [UInt8]) throws -> Bool {
                let count = try Self.keptFlows(of: node)
                _ = try node.pass(Packet.ethernet().ipv4().udp(source, destination).payload(payload).bytes)
                return try Self.keptFlows(of: node) == count + 1
            }
            // A rule of the slice tests the payload of what goes to port 7002.
            #expect(try keeps(4000, 7001, [0, 0, 4, 0]))
            #expect(try keeps(4000, 9, [0, 0, 4, 0]))
            #expect(try !keeps(4000, 7002, [0, 0, 4, 0]))
            #expect(try !keeps(4000, 7002, [0, 0, 0, 0]))
            #expect(try Self.keptFlows(of: node) == before + 2)
        }
    }

    /// Places in use of the map `flows`, whichever CPU's.
    private static func keptFlows(of node: PacketNode) throws -> Int {
        typealias Flow = SIMD16<UInt64>
        let schema = MapSchema("flows", keySize: 4, valueSize: MemoryLayout<Flow>.size)
        let flows = try BPFMap(pinned: schema, in: PinFolder(node: PacketNode.name).maps)
        return try (0..<UInt32(flows.capacity)).reduce(0) { count, key in
            let entries = try flows.perCPU(key, cpus: Int(libbpf_num_possible_cpus()), initially: Flow())
            return count + entries.count { $0 != Flow() }
        }
    }

    @Test("fragments, options, extension headers and tags: what is found behind them, and what is not looked for")
    func headers() async {
        await #expect(processExitsWith: .success) { try Self.checkHeaders() }
    }

    private static func checkHeaders() throws {
        let frame = Packet.ethernet()
        let rows: [PacketRow] = [
            .queued(
                "a first fragment is classified without its ports", frame.ipv4(more: true).udp(4000, 7001), "perp bulk"),
            .queued(
                "so is a later one, whatever stands where ports would",
                frame.ipv4(fragment: 185, number: 17).payload(UInt16(7001).wire + UInt16(7001).wire), "perp bulk"),
            .queued(
                "a fragment still has a protocol", frame.ipv4(fragment: 185, number: 1).payload(count: 40),
                "perp orders"),
            .queued(
                "and addresses", frame.ipv6("2001:db8:8::1").fragment6(0, more: true).udp(4000, 7001), "perp settlement"
            ),
            .queued(
                "an IPv6 fragment is classified without its ports",
                frame.ipv6().fragment6(0, more: true).udp(4000, 7001), "perp bulk"),
            .queued("an atomic fragment too", frame.ipv6().fragment6(0).udp(4000, 7001), "perp bulk"),
            .express(
                "the longest options a header can have",
                frame.ipv4(options: [UInt8](repeating: 1, count: 40)).udp(4000, 7001),
                "perp liquidation"),
            .express("hop-by-hop options", frame.ipv6().options(.hopByHop).udp(4000, 7001), "perp liquidation"),
            .express(
                "a chain of hop-by-hop, routing and destination options",
                frame.ipv6().options(.hopByHop).options(.routing).options(.destinationOptions).udp(4000, 7001),
                "perp liquidation"),
            .express(
                "six extension headers are looked through",
                (0..<6).reduce(frame.ipv6()) { packet, _ in packet.options(.destinationOptions) }.udp(4000, 7001),
                "perp liquidation"),
            .queued(
                "a seventh is not",
                (0..<7).reduce(frame.ipv6()) { packet, _ in packet.options(.destinationOptions) }.udp(4000, 7001),
                "perp bulk"),
            .express(
                "a long extension header", frame.ipv6().options(.destinationOptions, units: 20).udp(4000, 7001),
                "perp liquidation"),
            .queued("no next header: nothing follows", frame.ipv6(number: 59), "perp bulk"),
            .queued("a protocol nobody knows", frame.ipv4(number: 200).payload(count: 30), "perp bulk"),
            .express("behind a VLAN tag", frame.vlan(5).ipv4().udp(4000, 7001), "perp liquidation"),
            .express("behind two", frame.vlan(5, type: 0x88A8).vlan(6).ipv4().udp(4000, 7001), "perp liquidation"),
            .queued("a third is not looked behind", frame.vlan(5).vlan(6).vlan(7).ipv4().udp(4000, 7001), "perp bulk"),
        ]
        try PacketNode.informed().check(rows)
    }
}
