import CBPF
import Testing

@testable import Plan
@testable import Policy

@Suite("The compiled classifier")
struct ClassifierTests {
    @Test("cuts the port numbers at every boundary and nowhere else")
    func portClasses() throws {
        let classes = try PortClasses([0...0, 22...22, 9100...9110, 9105...9200, 60_000...65_535])
        let expected: [(UInt16, UInt16)] = [
            (0, 1), (1, 2), (21, 2), (22, 3), (23, 4), (9099, 4), (9100, 5), (9104, 5), (9105, 6), (9110, 6),
            (9111, 7), (9200, 7), (9201, 8), (59_999, 8), (60_000, 9), (65_535, 9),
        ]
        for (port, expectedClass) in expected { #expect(classes.of[Int(port)] == expectedClass, "port \(port)") }
        #expect(classes.count == 10)
        #expect(classes.classes(of: 9100...9200) == 5..<8)
    }

    @Test("gives a nested prefix its own class, inside the range of those around it")
    func nestedPrefixes() throws {
        let (ten, half, host) = (
            Build.v4Prefix(10, 0, 0, 0, 8), Build.v4Prefix(10, 128, 0, 0, 9), Build.v4Prefix(10, 128, 0, 1, 32)
        )
        let trusted = Build.v4Prefix(10, 128, 0, 0, 24)
        let table = try PrefixClasses(rules: [host, ten, half, ten], trusted: [trusted])
        #expect(
            table.entries == [
                PrefixClass(prefix: ten, addressClass: 1, trustsDSCP: false),
                PrefixClass(prefix: half, addressClass: 2, trustsDSCP: false),
                PrefixClass(prefix: trusted, addressClass: 2, trustsDSCP: true),
                PrefixClass(prefix: host, addressClass: 3, trustsDSCP: true),
            ])
        #expect(table.classes(of: ten) == 1..<4)
        #expect(table.classes(of: half) == 2..<4)
        #expect(table.classes(of: host) == 3..<4)
    }

    @Test("keeps IPv4 out of ::/0")
    func ipv6Default() throws {
        let all = Build.v6Prefix(0, 0)
        let table = try PrefixClasses(rules: [all], trusted: [all])
        #expect(
            table.entries == [
                PrefixClass(prefix: all, addressClass: 1, trustsDSCP: true),
                PrefixClass(prefix: .allIPv4, addressClass: 0, trustsDSCP: false),
            ])
    }

    @Test("uses only the dimensions that a slice's rules ask for")
    func dimensions() throws {
        func dims(_ rule: Rule) throws -> UInt32 {
            let policy = Build.policy(
                classes: [Build.trafficClass("bulk", isDefault: true)], slices: [Build.slice("perp", 1)], rules: [rule])
            return try Classifier.compile(policy).classifier.ruleSets[0].dims
        }
        let (proto, dscp): (UInt32, UInt32) = (1 << SHAPER_DIM_PROTO.rawValue, 1 << SHAPER_DIM_DSCP.rawValue)
        let (sport, dport): (UInt32, UInt32) = (1 << SHAPER_DIM_SPORT.rawValue, 1 << SHAPER_DIM_DPORT.rawValue)
        let (saddr, daddr): (UInt32, UInt32) = (1 << SHAPER_DIM_SADDR.rawValue, 1 << SHAPER_DIM_DADDR.rawValue)
        let either = SHAPER_RULES_EITHER.rawValue
        let prefix = Build.v4Prefix(10, 0, 0, 0, 8)
        #expect(try dims(Build.rule("bulk")) == 0)
        #expect(try dims(Build.rule("bulk", ipProtocol: 1)) == proto)
        #expect(try dims(Build.rule("bulk", dscps: [1])) == dscp | SHAPER_RULES_TRUST.rawValue)
        #expect(try dims(Build.rule("bulk", sourcePorts: [1...2])) == proto | sport)
        #expect(try dims(Build.rule("bulk", destinationPorts: [1...2])) == proto | dport)
        #expect(try dims(Build.rule("bulk", ports: [1...2])) == proto | sport | dport | either)
        #expect(try dims(Build.rule("bulk", sources: [prefix])) == saddr)
        #expect(try dims(Build.rule("bulk", destinations: [prefix])) == daddr)
        #expect(try dims(Build.rule("bulk", prefixes: [prefix])) == saddr | daddr | either)
        let payload = Rule.PayloadTest(offset: 0, width: 1, atLeast: 0)
        #expect(try dims(Build.rule("bulk", payload: payload)) == proto | SHAPER_RULES_PAYLOAD.rawValue)
    }

    @Test("spends cells on the rarer classes only")
    func cells() throws {
        let policy = Build.policy(
            classes: [Build.trafficClass("bulk", isDefault: true)], slices: [Build.slice("perp", 1)],
            rules: [Build.rule("bulk", destinationPorts: [5...5, 7...7, 9...9, 1...65_535])])
        let set = try Classifier.compile(policy).classifier.ruleSets[0]
        let ports = set.cells.filter { $0.dimension == UInt16(SHAPER_DIM_DPORT.rawValue) }
        // Nearly all classes are inside 1-65535: what needs naming is "no ports" and port 0.
        #expect(ports.map(\.value) == [0, 1])
        #expect(ports.allSatisfy { $0.vector.only == SIMD4<UInt64>() })
        #expect(set.other[Int(SHAPER_DIM_DPORT.rawValue)].only == SIMD4<UInt64>(1, 0, 0, 0))
    }

    @Test("shares one rule set among slices without rules of their own, and keeps file order in the others")
    func sharing() throws {
        let policy = Build.policy(
            classes: [Build.trafficClass("bulk", isDefault: true)],
            slices: [Build.slice("a", 1), Build.slice("b", 2), Build.slice("c", 3)],
            rules: [Build.rule("bulk"), Build.rule("bulk", slice: "b"), Build.rule("bulk")])
        let (classifier, ruleSetOfSlice) = try Classifier.compile(policy)
        #expect(ruleSetOfSlice == [0, 1, 0])
        #expect(classifier.ruleSets.map { $0.rules.map(\.rule) } == [[0, 2], [0, 1, 2]])
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
