import CBPF
import Glibc
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

/// What one tenant can have at most, and that it takes nothing from another.
@Suite("packets: limits", .enabled(if: mayMakeNamespaces))
struct PacketsLimitTests {
    @Test("copied frames are held to the slice's flood rate, address resolution to the same rate by itself")
    func flood() async {
        await #expect(processExitsWith: .success) { try Self.checkFlood() }
    }

    private static func checkFlood() throws {
        let node = try PacketNode.informed()
        // Ten a second, and a second's worth at once.
        func offer(_ frame: [UInt8]) throws -> (counts: [String: Int], most: Int) {
            try node.refillBuckets()
            let before = try node.counts(), start = ContinuousClock.now
            for _ in 0..<50 { try node.pass(frame) }
            return (try node.counts().exceeding(before), 11 + Int((ContinuousClock.now - start) / .milliseconds(100)))
        }
        let broadcast = Packet.ethernet(to: .broadcast).payload(count: 46)
        let (copied, most) = try offer(broadcast.bytes)
        let flooded = copied["flooded", default: 0]
        #expect(10...most ~= flooded)
        #expect(copied["drop flood_limit"] == 50 - flooded)
        #expect(copied["perp bulk packets"] == 2 * flooded, "a copy for each peer")
        #expect(copied["perp bulk bytes"] == 2 * flooded * (broadcast.count + PacketRow.overhead))

        let (asked, mostAsked) = try offer(
            Packet.ethernet(to: .broadcast).arp(ip: "10.0.0.1", target: "10.0.0.2").bytes)
        let resolution = asked["resolution", default: 0], copies = asked["flooded", default: 0] - resolution
        #expect(10...mostAsked ~= resolution)
        #expect(10...mostAsked ~= copies, "what exceeds it is a copied frame like others")
        #expect(asked["perp bulk packets"] == 2 * copies)
        #expect(asked["drop flood_limit"] == 50 - resolution - copies)
        try node.check([.queued("unicast goes on", Packet.ethernet().ipv4().udp(1, 2), "perp bulk")])
    }

    @Test("a frame that can be in one place only is not copied, and not held to the flood rate")
    func onePlace() async {
        await #expect(processExitsWith: .success) { try Self.checkOnePlace() }
    }

    private static func checkOnePlace() throws {
        let node = try PacketNode(
            PacketNode.policy.replacing("ports: [p2, {interface: p4, vlan: 13}]", with: "ports: [p2]"))
        let unknown = Packet.ethernet(to: .local(0x77)).ipv4().udp(1, 2).bytes, before = try node.counts()
        for _ in 0..<50 { try node.pass(unknown, at: "p2") }
        let moved = try node.counts().exceeding(before)
        #expect(moved["spot bulk packets"] == 50 && moved["drop flood_limit"] == nil, "\(moved)")
        for _ in 0..<50 { try node.pass(unknown, at: "p1") }
        let dropped = try node.counts().exceeding(before)["drop flood_limit", default: 0]
        #expect((30...40).contains(dropped), "perp has two peers: \(dropped)")
    }

    @Test("what a peer sends for several ports is copied at the slice's flood rate, and for one port at any")
    func copiesFromPeers() async {
        await #expect(processExitsWith: .success) { try Self.checkCopiesFromPeers() }
    }

    private static func checkCopiesFromPeers() throws {
        let node = try PacketNode.informed()
        let before = try node.counts(), wire = try node.end("w0")
        func offer(_ vni: UInt32, to mac: MACAddress) throws {
            let frame = node.tunnelled(vni, from: "192.0.2.2").ethernet(to: mac, from: .farHost).payload(count: 46)
            for _ in 0..<50 { try wire.send(frame.bytes) }
        }
        try offer(4201, to: .broadcast)
        func become(_ count: Int, _ names: String...) throws -> Bool {
            try eventually {
                let moved = try node.counts().exceeding(before)
                return names.reduce(0) { $0 + moved[$1, default: 0] } == count
            }
        }
        #expect(try become(50, "delivered", "drop flood_limit"))
        let dropped = try node.counts().exceeding(before)["drop flood_limit", default: 0]
        #expect((30...45).contains(dropped), "\(dropped)")
        try offer(4201, to: MACAddress.host)
        #expect(try become(100 - dropped, "delivered"), "known unicast goes on")
    }

    @Test("4,000 spoofed addresses leave a slice no more than its limit, and another slice what it had")
    func addresses() async {
        await #expect(processExitsWith: .success) { try Self.checkAddresses() }
    }

    private static func checkAddresses() throws {
        let node = try PacketNode.informed()
        for number in 0..<30 { try node.meet(.local(0x5000 + UInt64(number)), at: "p2") }
        let others = try node.kernel.addresses(vni: 4202).map(\.mac)
        #expect(others.count == 32)
        let before = try node.kernel.addresses(vni: 4201).count, counts = try node.counts()
        for number in 0..<4000 {
            try node.pass(
                Packet.ethernet(to: .broadcast, from: .local(0x10_0000 + UInt64(number))).payload(count: 46).bytes)
        }

        let after = try node.kernel.addresses(vni: 4201)
        #expect(after.filter { $0.age != nil }.count <= 64)
        #expect(after.contains { $0.mac == .local(7) && $0.age == nil }, "a configured address stays")
        let moved = try node.counts().exceeding(counts)
        #expect(moved["learned"] == 4000)
        #expect(moved["evicted"] == 4000 - (after.count - before))
        #expect(try node.kernel.addresses(vni: 4202).map(\.mac) == others)
        try node.check([
            .queued(
                "the other slice's addresses are still found", Packet.ethernet().ipv4().udp(1, 2), "common bulk",
                port: "p2")
        ])
    }

    @Test("what exceeds an express bucket is demoted, not dropped, and its flow stays so for a while")
    func express() async {
        await #expect(processExitsWith: .success) { try Self.checkExpress() }
    }

    private static func checkExpress() throws {
        let node = try PacketNode.informed()
        let frame = Packet.ethernet().ipv4().udp(4000, 7001).padded(to: 1400).bytes
        let otherFlow = Packet.ethernet().ipv4().udp(4001, 7001).padded(to: 1400).bytes
        let otherSlice = Packet.ethernet().ipv4().udp(1, 7002).payload([0, 0, 0xFF, 0xFF]).bytes
        let clock = ContinuousClock()
        // The bucket holds 3,200 bytes and fills at 1,187 a millisecond. A machine that stalls gets another try.
        for attempt in 1... {
            try node.refillBuckets()
            let before = try node.counts(), start = clock.now
            let lanes = try (0..<40).map { _ in try node.pass(frame).priority }
            usleep(10_000)
            let again = try node.pass(frame).priority, other = try node.pass(otherFlow).priority
            let neighbour = try node.pass(otherSlice, at: "p2").priority
            if clock.now - start > .milliseconds(40), attempt < 500 { continue }

            let express = QueueID.classID(SHAPER_EXPRESS_MINOR.rawValue)
            let passed = lanes.prefix { $0 == express }.count
            #expect((2...4).contains(passed))
            #expect(Set(lanes.dropFirst(passed)).map(node.queueName) == ["perp liquidation"])
            #expect(node.queueName(again) == "perp liquidation", "the bucket is full again, the flow still demoted")
            #expect(node.queueName(other) == "express", "another flow of the class is not")
            #expect(node.queueName(neighbour) == "express", "nor is another slice")
            let moved = try node.counts().exceeding(before), bytes = 1400 + PacketRow.overhead
            #expect(moved["perp liquidation packets"] == 42)
            #expect(moved["perp liquidation express packets"] == passed + 1)
            #expect(moved["perp liquidation express bytes"] == (passed + 1) * bytes)
            #expect(moved["perp liquidation demoted packets"] == 41 - passed)
            #expect(moved["perp liquidation demoted bytes"] == (41 - passed) * bytes)
            #expect(moved.keys.allSatisfy { !$0.hasPrefix("drop") })
            usleep(60_000)
            #expect(node.queueName(try node.pass(frame).priority) == "express", "after 50 ms it may go first again")
            break
        }
    }
}
