import PolicySamples
import Testing

@testable import Plan
@testable import Policy

@Suite("The desired state")
struct DesiredStateTests {
    @Test("of the example names slices, peers, classes and buckets")
    func example() throws {
        let state = try DesiredState(Build.example)
        #expect(state.node == "ny")
        #expect(state.classes.map(\.dscp) == [46, 34, 32, 26, 1])
        #expect(
            state.slices == [
                DesiredSlice(
                    name: "perp", vni: 4201, hasQuota: true,
                    ports: [Policy.Port(interface: "p1", vlan: nil, statics: [])], ruleSet: 0),
                DesiredSlice(
                    name: "spot", vni: 4202, hasQuota: false,
                    ports: [Policy.Port(interface: "p2", vlan: nil, statics: [])], ruleSet: 1),
            ])
        #expect(
            state.peers == [DesiredPeer(name: "ldn", address: Build.v4(192, 0, 2, 2), vnis: [4201, 4202])])
        #expect(
            state.buckets == [
                ExpressBucket(vni: nil, trafficClass: 0, rate: BitRate(bitsPerSecond: 19_000_000), burst: 4750),
                ExpressBucket(vni: 4201, trafficClass: 0, rate: BitRate(bitsPerSecond: 9_500_000), burst: 3200),
            ])
    }

    @Test("is the same for the same policy, every time")
    func deterministic() throws {
        var world = RandomWorld(seed: 7)
        for _ in 0..<20 {
            let policy = world.policy()
            let first = try DesiredState(policy)
            for _ in 0..<3 { #expect(try DesiredState(policy) == first) }
        }
    }

    @Test("of 10,000 rules in 4,096 slices is made in seconds even in a debug build")
    func scale() throws {
        let policy = Build.large
        let clock = ContinuousClock()
        var state: DesiredState?
        let time = try clock.measure { state = try DesiredState(policy) }
        let classifier = try #require(state).classifier
        #expect(classifier.ruleSets.count == 4096)
        #expect(classifier.cells.count < 40 * 4096)
        #expect(time < .seconds(30), "\(time): the work must grow with a slice's own rules only")
    }
}

extension Build {
    /// 4,096 slices with two or three rules of their own, beside four global ones: 10,000 in all.
    static let large: Policy = {
        let slices = (1...4096).map { slice("s\($0)", $0) }
        let global = [
            rule("liquidation", ipProtocol: 17, ports: [7001...7001], prefixes: [v4Prefix(10, 0, 0, 0, 8)]),
            rule("orders", ipProtocol: 6, destinationPorts: [9100...9110]),
            rule("bulk", sources: [v4Prefix(172, 16, 0, 0, 12)]), rule("market-data", dscps: [26]),
        ]
        let own = (0..<9996).map { index in
            let port = UInt16(20_000 + index)
            let number = UInt32(index)
            return rule(
                "orders", slice: "s\(index % 4096 + 1)", ipProtocol: 17, destinationPorts: [port...port],
                sources: [v4Prefix(10, number >> 8, number & 0xFF, 0, 24)])
        }
        var policy = example
        policy.slices = slices
        policy.rules = global + own
        return policy
    }()
}
