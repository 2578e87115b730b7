import CBPF
import Glibc
import Plan
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

/// Rates that change over a policy that stays, and those that lapse.
@Suite("packets: rates", .enabled(if: mayMakeNamespaces))
struct PacketsRatesTests {
    @Test("a policer's rate that nobody renews gives way to the lasting one, without anybody's doing")
    func lapse() async {
        await #expect(processExitsWith: .success) {
            let node = try PacketNode.informed()
            let file = try DesiredState(node.policy)
            // One lets two packets go, and in this test no more; the other's burst alone is 16.
            let small = node.policy.applying([Self.liquidation("0.01%")])
            let lasting = file.withRates(of: small, Bandwidth(small))
            let large = node.policy.applying([Self.liquidation("50%")])
            let raised = file.withRates(of: large, Bandwidth(large))
            func express() throws -> Int {
                let key = bucketKey(slice: try node.kernel.sliceIndices()[4201]!, trafficClass: 0)
                try node.kernel.pinned!.maps.buckets.set(key, shaper_bucket())
                return try (0..<50).count { number in
                    let frame = Packet.ethernet().ipv4().udp(UInt16(1000 + number), 7001).payload(count: 1400)
                    return node.queueName(try node.pass(frame.bytes).priority) == "express"
                }
            }
            #expect(node.kernel.setRates(lasting, after: file))
            #expect(try (1...3).contains(express()))
            let held = raised.lapsing(to: small, Bandwidth(small), at: .max)
            #expect(node.kernel.setRates(held, after: lasting))
            #expect(try express() >= 8)
            #expect(try node.kernel.rates(of: raised.buckets) == raised.buckets.map(\.rate))
            let over = raised.lapsing(to: small, Bandwidth(small), at: monotonicNanoseconds())
            #expect(node.kernel.setRates(over, after: held))
            #expect(try (1...3).contains(express()))
            #expect(try node.kernel.rates(of: raised.buckets) == lasting.buckets.map(\.rate))
        }
    }

    @Test("rates change in place as an apply would change them, and nothing else is written")
    func sameAsApply() async {
        await #expect(processExitsWith: .success) {
            let node = try PacketNode()
            let desired = try DesiredState(node.policy)
            let generation = try node.kernel.generation()
            let policy = node.policy.applying([
                Override(className: "bulk", guarantee: nil, ceiling: try Share(parsing: "10%"), reason: ""),
                Self.liquidation("5%"),
            ])
            let other = desired.withRates(of: policy, Bandwidth(policy))
            #expect(other != desired)
            #expect(node.kernel.setRates(other, after: desired))
            #expect(try node.kernel.changes(to: other).isEmpty)
            #expect(try node.kernel.generation() == generation)
            #expect(node.kernel.setRates(desired, after: other))
            #expect(try node.kernel.changes(to: desired).isEmpty)
        }
    }

    @Test("where the kernel is not as it was left, that is said, and an apply puts it right")
    func notAsLeft() async {
        await #expect(processExitsWith: .success) {
            let node = try PacketNode()
            let desired = try DesiredState(node.policy)
            let policy = node.policy.applying([
                Override(className: "bulk", guarantee: nil, ceiling: try Share(parsing: "10%"), reason: "")
            ])
            let other = desired.withRates(of: policy, Bandwidth(policy))
            try run("tc qdisc del dev u0 root")
            #expect(!node.kernel.setRates(other, after: desired))
            try node.kernel.apply(other)
            #expect(try node.kernel.changes(to: other).isEmpty)
            // Another process has put another policy in force meanwhile.
            let maps = node.kernel.pinned!.maps
            try maps.control.set(UInt32(0), shaper_control(generation: node.kernel.generation() + 2, pad: 0))
            #expect(!node.kernel.setRates(desired, after: other))
        }
    }

    private static func liquidation(_ ceiling: String) -> Override {
        Override(className: "liquidation", guarantee: nil, ceiling: try? Share(parsing: ceiling), reason: "")
    }
}
