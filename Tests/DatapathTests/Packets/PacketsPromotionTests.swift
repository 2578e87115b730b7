import CBPF
import Glibc
import Plan
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

/// Flows that somebody has called liquidations.
@Suite("packets: promotion", .enabled(if: mayMakeNamespaces))
struct PacketsPromotionTests {
    private static func flow(_ text: String = "udp 10.0.0.1:4000 > 10.0.0.2:5000") throws -> PromotedFlow {
        PromotedFlow(try FlowKey(parsing: text).ip!, vni: 4201)
    }

    private static func entry(
        worth notional: Double = 1, for milliseconds: UInt64 = 10_000
    ) -> PromotionMaps.Entry {
        PromotionMaps.Entry(
            until: monotonicNanoseconds() + milliseconds * 1_000_000,
            rank: PromotionRank(notional: notional, number: 0))
    }

    private static let bytes = 14 + 20 + 8 + 18 + 50

    @Test("a promoted flow, it alone and in its slice alone, goes express, and back when its time is up")
    func promotion() async {
        await #expect(processExitsWith: .success) {
            let node = try PacketNode.informed()
            let promotions = try PromotionMaps(node: PacketNode.name)!
            func queue(_ port: UInt16 = 4000, at interface: String = "p1") throws -> String {
                let frame = Packet.ethernet().ipv4().udp(port, 5000).payload(count: 18)
                return node.queueName(try node.pass(frame.bytes, at: interface).priority)
            }
            #expect(try queue() == "perp bulk")
            try promotions.put(Self.flow(), Self.entry(for: 3_600_000))
            #expect(try queue() == "express")
            #expect(try queue(4001) == "perp bulk")
            #expect(try queue(at: "p2") == "common bulk")
            #expect(try promotions.entry(of: Self.flow())?.bytes == UInt64(Self.bytes))
            try promotions.put(Self.flow(), Self.entry(for: 20))
            // The thread has the namespace: it must not change.
            usleep(25_000)
            #expect(try queue() == "perp bulk")
            #expect(try promotions.entry(of: Self.flow())?.bytes == 0)
        }
    }

    @Test("both directions are promoted, whichever was named, and weighed as they are on the wire")
    func directions() async {
        await #expect(processExitsWith: .success) {
            let node = try PacketNode.informed()
            let promotions = try PromotionMaps(node: PacketNode.name)!
            let there = Packet.ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(4000, 5000).payload(count: 18)
            let back = Packet.ethernet().ipv4("10.0.0.2", "10.0.0.1").udp(5000, 4000).payload(count: 18)
            let other = Packet.ethernet().ipv4("10.0.0.2", "10.0.0.1").udp(4000, 5000).payload(count: 18)
            for text in ["udp 10.0.0.1:4000 > 10.0.0.2:5000", "udp 10.0.0.2:5000 > 10.0.0.1:4000"] {
                try promotions.put(Self.flow(text), Self.entry())
                for frame in [there, back] {
                    #expect(node.queueName(try node.pass(frame.bytes).priority) == "express")
                }
                #expect(node.queueName(try node.pass(other.bytes).priority) == "perp bulk")
                #expect(try promotions.entry(of: Self.flow(text))?.bytes == UInt64(2 * Self.bytes))
                #expect(try promotions.all().map(\.flow) == [Self.flow()])
                try promotions.remove(Self.flow(text))
                #expect(node.queueName(try node.pass(there.bytes).priority) == "perp bulk")
            }
            // Addresses compare as numbers, not as the machine's words; IPv6 as well.
            for (one, two) in [("10.0.1.0", "10.0.0.1"), ("2001:db8::1:0", "2001:db8::1")] {
                for (from, to) in [(one, two), (two, one)] {
                    let isIPv4 = !one.contains(":")
                    let flow = isIPv4 ? "udp \(from):1 > \(to):2" : "udp [\(from)]:1 > [\(to)]:2"
                    try promotions.put(Self.flow(flow), Self.entry())
                    let source = try IPAddress(parsing: from), destination = try IPAddress(parsing: to)
                    let packet = Packet.ethernet()
                    let frame = (isIPv4 ? packet.ipv4(source, destination) : packet.ipv6(source, destination)).udp(1, 2)
                    #expect(node.queueName(try node.pass(frame.payload(count: 18).bytes).priority) == "express")
                    try promotions.remove(Self.flow(flow))
                }
            }
        }
    }

    @Test("a flow below its slice's threshold waits, travels by the rules and is weighed; the threshold lapses")
    func thresholds() async {
        await #expect(processExitsWith: .success) {
            let node = try PacketNode.informed()
            let promotions = try PromotionMaps(node: PacketNode.name)!
            let slice = try node.kernel.sliceIndices()[4201]!
            let frame = Packet.ethernet().ipv4().udp(4000, 5000).payload(count: 18).bytes
            func queue() throws -> String { node.queueName(try node.pass(frame).priority) }
            try promotions.put(Self.flow(), Self.entry(worth: 100))
            func hold(_ notional: Double, slice: Int?, for milliseconds: UInt64 = 10_000) throws {
                try promotions.setThreshold(
                    PromotionRank(notional: notional, number: 0), slice: slice,
                    until: monotonicNanoseconds() + milliseconds * 1_000_000)
            }
            try hold(101, slice: nil)
            #expect(try queue() == "express")
            try hold(100, slice: slice)
            #expect(try queue() == "express")
            try hold(101, slice: slice)
            #expect(try queue() == "perp bulk")
            #expect(try promotions.threshold(slice: slice, at: monotonicNanoseconds())?.notional == 101)
            try hold(101, slice: slice, for: 200)
            #expect(try queue() == "perp bulk")
            usleep(220_000)
            #expect(try queue() == "express")
            #expect(try promotions.entry(of: Self.flow())?.bytes == UInt64(5 * Self.bytes))
        }
    }

    @Test("the slices without quotas have one threshold")
    func shared() async {
        await #expect(processExitsWith: .success) {
            let node = try PacketNode.informed()
            let promotions = try PromotionMaps(node: PacketNode.name)!
            let frame = Packet.ethernet().ipv4().udp(4000, 5000).payload(count: 18).bytes
            let flow = PromotedFlow(try FlowKey(parsing: "udp 10.0.0.1:4000 > 10.0.0.2:5000").ip!, vni: 4202)
            try promotions.put(flow, Self.entry(worth: 100))
            #expect(node.queueName(try node.pass(frame, at: "p2").priority) == "express")
            try promotions.setThreshold(PromotionRank(notional: 101, number: 0), slice: nil, until: .max)
            #expect(node.queueName(try node.pass(frame, at: "p2").priority) == "common bulk")
            try promotions.setThreshold(PromotionRank(raw: 0), slice: nil, until: 0)
            #expect(node.queueName(try node.pass(frame, at: "p2").priority) == "express")
        }
    }

    @Test("XDP sends a promoted flow itself and weighs it once; what it leaves, the other program weighs")
    func express() async {
        await #expect(processExitsWith: .success) {
            let node = try PacketNode.informed(PacketNode.xdpPolicy)
            let promotions = try PromotionMaps(node: PacketNode.name)!
            let slice = try node.kernel.sliceIndices()[4201]!
            let frame = Packet.ethernet().ipv4().udp(4000, 5000).payload(count: 18).bytes
            try node.keepHops()
            func verdict() throws -> xdp_action { try node.putXDP(frame, through: .portExpress, at: "p1").verdict }
            #expect(try verdict() == XDP_PASS)
            try promotions.put(Self.flow(), Self.entry(worth: 100))
            #expect(try verdict() == XDP_REDIRECT)
            #expect(try promotions.entry(of: Self.flow())?.bytes == UInt64(Self.bytes))
            try promotions.setThreshold(PromotionRank(notional: 101, number: 0), slice: slice, until: .max)
            #expect(try verdict() == XDP_PASS)
            #expect(try promotions.entry(of: Self.flow())?.bytes == UInt64(Self.bytes))
            #expect(node.queueName(try node.pass(frame).priority) == "perp bulk")
            #expect(try promotions.entry(of: Self.flow())?.bytes == UInt64(2 * Self.bytes))
        }
    }
}
