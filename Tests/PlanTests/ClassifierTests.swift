import CBPF
import PolicySamples
import Testing

@testable import Plan
@testable import Policy

@Suite("The compiled classifier")
struct ClassifierTests {
    private func compile(_ rules: Rule..., trustDscp: [Prefix] = []) throws -> (KernelEvaluator, RuleSet) {
        let policy = Build.policy(
            classes: [Build.trafficClass("bulk", isDefault: true)], slices: [Build.slice("perp", 1)], rules: rules,
            trustDscp: trustDscp)
        let classifier = try Classifier.compile(policy).classifier
        return (KernelEvaluator(classifier), classifier.ruleSets[0])
    }

    private func rule(_ kernel: KernelEvaluator, _ flow: String) throws -> Int? {
        kernel.match(try FlowKey(parsing: flow), ruleSet: 0)
    }

    @Test("tells ports apart at every boundary and nowhere else")
    func ports() throws {
        let (kernel, _) = try compile(
            Build.rule("bulk", destinationPorts: [0...0, 22...22, 9100...9110, 9105...9200, 60_000...65_535]))
        for port in [0, 22, 9100, 9104, 9110, 9111, 9200, 60_000, 65_535] {
            #expect(try rule(kernel, "udp 10.0.0.1:1 > 10.0.0.2:\(port)") == 0, "port \(port)")
        }
        for port in [1, 21, 23, 9099, 9201, 59_999] {
            #expect(try rule(kernel, "udp 10.0.0.1:1 > 10.0.0.2:\(port)") == nil, "port \(port)")
        }
    }

    @Test("gives an address what its longest prefix says")
    func nestedPrefixes() throws {
        let (kernel, _) = try compile(
            Build.rule("bulk", sources: [Build.v4Prefix(10, 128, 0, 1, 32)]),
            Build.rule("bulk", sources: [Build.v4Prefix(10, 128, 0, 0, 9)]),
            Build.rule("bulk", sources: [Build.v4Prefix(10, 0, 0, 0, 8)]))
        #expect(try rule(kernel, "udp 10.128.0.1:1 > 10.0.0.2:2") == 0)
        #expect(try rule(kernel, "udp 10.255.0.1:1 > 10.0.0.2:2") == 1)
        #expect(try rule(kernel, "udp 10.127.0.1:1 > 10.0.0.2:2") == 2)
        #expect(try rule(kernel, "udp 11.128.0.1:1 > 10.0.0.2:2") == nil)
    }

    @Test("keeps IPv4 out of ::/0")
    func ipv6Default() throws {
        let (kernel, _) = try compile(Build.rule("bulk", sources: [Build.v6Prefix(0, 0)]))
        #expect(try rule(kernel, "udp [2001:db8::1]:1 > [2001:db8::2]:2") == 0)
        #expect(try rule(kernel, "udp 10.0.0.1:1 > 10.0.0.2:2") == nil)
    }

    @Test("believes the DSCP of trusted sources only")
    func trust() throws {
        let (kernel, set) = try compile(
            Build.rule("bulk", dscps: [46]), trustDscp: [Build.v4Prefix(10, 0, 0, 0, 24)])
        #expect(set.roots[2] != 0)
        #expect(try rule(kernel, "udp 10.0.0.1:1 > 10.0.0.2:2 dscp EF") == 0)
        #expect(try rule(kernel, "udp 10.0.1.1:1 > 10.0.0.2:2 dscp EF") == nil)
        #expect(try rule(kernel, "udp 10.0.0.1:1 > 10.0.0.2:2") == nil)
    }

    @Test("uses only the dimensions that a slice's rules ask for")
    func dimensions() throws {
        func used(_ rule: Rule) throws -> [Int] { try compile(rule).1.roots.indices.filter { try compile(rule).1.roots[$0] != 0 } }
        let (transport, sport, saddr, daddr, dscp) = (0, 1, 2, 3, 4)
        let prefix = Build.v4Prefix(10, 0, 0, 0, 8)
        #expect(try used(Build.rule("bulk")) == [])
        #expect(try used(Build.rule("bulk", ipProtocol: 1)) == [transport])
        #expect(try used(Build.rule("bulk", dscps: [1])) == [dscp])
        #expect(try used(Build.rule("bulk", sourcePorts: [1...2])) == [transport, sport])
        #expect(try used(Build.rule("bulk", destinationPorts: [1...2])) == [transport])
        #expect(try used(Build.rule("bulk", ports: [1...2])) == [transport, sport])
        #expect(try used(Build.rule("bulk", sources: [prefix])) == [saddr])
        #expect(try used(Build.rule("bulk", destinations: [prefix])) == [daddr])
        #expect(try used(Build.rule("bulk", prefixes: [prefix])) == [saddr, daddr])
        let payload = Rule.PayloadTest(offset: 0, width: 1, atLeast: 0)
        #expect(try used(Build.rule("bulk", payload: payload)) == [transport])
    }

    @Test("finds one prefix in one step, and one of 10,000 in a few more")
    func steps() throws {
        let (kernel, set) = try compile(Build.rule("bulk", sources: [Build.v4Prefix(10, 1, 2, 0, 24)]))
        let inside = UInt128(0xffff_0a01_0203)
        #expect(kernel.steps(from: set.roots[2], inside) == 1)
        #expect(kernel.steps(from: set.roots[2], 0) == 1)

        var generator = SplitMix64(state: 7)
        let many = (0..<10_000).map { _ in
            Prefix(of: IPAddress(v4: UInt32.random(in: 0...UInt32.max, using: &generator)), length: 120)
        }
        let (wide, ruleSet) = try compile(Build.rule("bulk", sources: many))
        let steps = many.map { wide.steps(from: ruleSet.roots[2], UInt128($0.address.low)) }
        #expect(steps.max()! <= 8)
        #expect(steps.reduce(0, +) < 7 * many.count)
    }

    @Test("keeps what is the same once")
    func sharing() throws {
        let slices = (0..<100).map { Build.slice("s\($0)", UInt32($0) + 1) }
        let own = slices.map { Build.rule("bulk", slice: $0.name, ipProtocol: 17, destinationPorts: [7001...7001]) }
        let policy = Build.policy(
            classes: [Build.trafficClass("bulk", isDefault: true)], slices: slices,
            rules: [Build.rule("bulk", sources: [Build.v4Prefix(10, 1, 2, 0, 24)])] + own)
        // Two dimensions with a test and two vectors each, one of them the same, and the unused cell.
        #expect(try Classifier.compile(policy).classifier.cells.count == 6)
    }

    @Test("gives a rule for either end two bits, and both ends' parts must hold at one of them")
    func eitherEnd() throws {
        let (kernel, set) = try compile(
            Build.rule("bulk", ports: [7001...7001], prefixes: [Build.v4Prefix(10, 0, 0, 1, 32)]))
        #expect(set.bits.map(\.rule) == [0, 0])
        #expect(try rule(kernel, "udp 10.0.0.1:7001 > 10.0.0.2:1") == 0)
        #expect(try rule(kernel, "udp 10.0.0.2:1 > 10.0.0.1:7001") == 0)
        #expect(try rule(kernel, "udp 10.0.0.1:1 > 10.0.0.2:7001") == nil)
    }

    @Test("gives frames that are not IP the class of the first rule that asks for nothing")
    func notIP() throws {
        let policy = Build.policy(
            classes: [Build.trafficClass("first"), Build.trafficClass("bulk", isDefault: true)],
            slices: [Build.slice("perp", 1), Build.slice("spot", 2)],
            rules: [Build.rule("bulk", ipProtocol: 17), Build.rule("first", slice: "perp")])
        #expect(try Classifier.compile(policy).classifier.ruleSets.map(\.notIPClass) == [0, 1])
    }

    @Test("shares one rule set among slices without rules of their own, and keeps file order in the others")
    func sharedRuleSets() throws {
        let policy = Build.policy(
            classes: [Build.trafficClass("bulk", isDefault: true)],
            slices: [Build.slice("a", 1), Build.slice("b", 2), Build.slice("c", 3)],
            rules: [Build.rule("bulk"), Build.rule("bulk", slice: "b"), Build.rule("bulk")])
        let (classifier, ruleSetOfSlice) = try Classifier.compile(policy)
        #expect(ruleSetOfSlice == [0, 1, 0])
        #expect(classifier.ruleSets.map { $0.bits.map(\.rule) } == [[0, 2], [0, 1, 2]])
    }

    @Test("matches with all 256 rules of a slice, bit by bit")
    func everyBit() throws {
        let policy = Build.policy(
            classes: [Build.trafficClass("bulk", isDefault: true)], slices: [Build.slice("perp", 1)],
            rules: (0..<256).map { Build.rule("bulk", destinationPorts: [$0 * 3...$0 * 3]) })
        let kernel = KernelEvaluator(try Classifier.compile(policy).classifier)
        for port: UInt16 in 0..<800 {
            let flow = try FlowKey(parsing: "udp 10.0.0.1:1 > 10.0.0.2:\(port)")
            #expect(kernel.match(flow, ruleSet: 0) == (port % 3 == 0 && port < 768 ? Int(port) / 3 : nil))
        }
    }
}
