import Foundation
import Testing

@testable import Policy

@Suite struct ExampleTests {
    private let policy: Policy

    init() throws {
        #expect(complaints(example) == [])
        policy = try #require(PolicyParser.parse(example).policy)
    }

    @Test func `the example that ships has nothing to complain about`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let text = try String(contentsOf: root.appending(path: "Examples/policy.yaml"), encoding: .utf8)
        #expect(complaints(text) == [])
    }

    @Test func `settings`() throws {
        #expect(policy.node == "ny")
        #expect(
            policy.underlay
                == Policy.Underlay(
                    interface: "u0", address: IPAddress(v4: 0xC000_0201), rate: BitRate(bitsPerSecond: 200_000_000),
                    headroom: 5, port: 4789))
        #expect(
            policy.fabric
                == Policy.Fabric(
                    ageing: .seconds(300), flood: 1000, macLimit: 1024, dscp: .pipe,
                    trustDscp: [Prefix(address: IPAddress(v4: 0x0A00_0000), length: 120)]))
        #expect(policy.metrics == Policy.Metrics(host: "127.0.0.1", port: 9464))
    }

    @Test func `classes, in order`() {
        #expect(policy.classes.map(\.name) == ["liquidation", "settlement", "orders", "market-data", "bulk"])
        #expect(policy.classes.map(\.lane) == [.express, .queue, .queue, .queue, .queue])
        #expect(policy.classes.map(\.dscp) == [46, 34, 32, 26, 1])
        #expect(policy.classes.map(\.queue) == [50, 50, 50, 20, 50].map { .milliseconds($0) })
        #expect(policy.classes.map(\.guarantee) == [nil, .percent(25), .percent(25), .percent(25), .percent(5)])
        #expect(policy.classes.map(\.ceiling) == [.percent(10)] + Array(repeating: .percent(100), count: 4))
        #expect(policy.classes.map(\.isDefault) == [false, false, false, false, true])
    }

    @Test func `the slice and its ports`() throws {
        let entry = Policy.StaticEntry(mac: MACAddress(value: 0x0200_0000_0007), ip: IPAddress(v4: 0x0A00_0007))
        #expect(
            policy.slices == [
                Policy.Slice(
                    name: "perp", vni: 4201, guarantee: .percent(50), ceiling: .percent(100),
                    classes: ["bulk": Policy.ClassQuota(guarantee: nil, ceiling: .percent(50))],
                    ports: [
                        Policy.Port(interface: "p1", vlan: nil, statics: []),
                        Policy.Port(interface: "p3", vlan: 12, statics: [entry]),
                    ])
            ])
        #expect(policy.peers == [Policy.Peer(name: "ldn", address: IPAddress(v4: 0xC000_0202), slices: ["perp"])])
    }

    @Test func `a port that XDP reads`() throws {
        let other = try #require(
            PolicyParser.parse(example.replacing("- p1 ", with: "- {interface: p1, xdp: native} ")).policy)
        #expect(other.slices[0].ports.map(\.xdp) == [true, false])
        #expect(policy.slices[0].ports.map(\.xdp) == [false, false])
    }

    @Test func `rules, with their lines`() {
        func rule(_ line: Int, _ className: String, _ change: (inout Rule) -> Void) -> Rule {
            var rule = Rule(
                line: line, className: className, slice: nil, ipProtocol: nil, ports: [], sourcePorts: [],
                destinationPorts: [], prefixes: [], sources: [], destinations: [], dscps: [], payload: nil)
            change(&rule)
            return rule
        }
        #expect(
            policy.rules == [
                rule(33, "liquidation") {
                    $0.slice = "perp"
                    $0.ipProtocol = 17
                    $0.ports = [7001...7001]
                },
                rule(34, "liquidation") {
                    $0.ipProtocol = 17
                    $0.destinationPorts = [7002...7002]
                    $0.payload = Rule.PayloadTest(offset: 16, width: 8, atLeast: 1_000_000)
                },
                rule(35, "orders") {
                    $0.ipProtocol = 6
                    $0.destinationPorts = [9000...9000, 9100...9110]
                    $0.sources = [Prefix(address: IPAddress(v4: 0x0A00_0000), length: 120)]
                },
                rule(36, "market-data") { $0.dscps = [26] },
            ])
    }

    @Test func `what is left out has its default`() throws {
        let text = """
            apiVersion: shaper/v1
            node: ldn
            underlay: {interface: u0, address: "2001:db8::2", rate: 10gbit}
            classes: [{name: all, default: true}]
            slices: [{name: perp, vni: 1, ports: [p1, p2]}]
            """
        #expect(complaints(text) == [])
        let bare = try Policy(validating: text)
        #expect(bare.underlay.headroom == 5)
        #expect(bare.underlay.port == 4789)
        #expect(bare.fabric.ageing == .seconds(300) && bare.fabric.flood == 1000 && bare.fabric.macLimit == 1024)
        #expect(bare.classes[0].lane == .queue && bare.classes[0].queue == .milliseconds(50))
        #expect(bare.peers.isEmpty && bare.rules.isEmpty)
        #expect(bare.metrics == Policy.Metrics(host: "127.0.0.1", port: 9464))
    }

    @Test func `all complaints of a file come at once, by place, with the file's name`() {
        let text = example.replacing("rate: 200mbit", with: "rate: 200").replacing("vni: 4201", with: "vni: 0")
            .replacing("protocol: tcp", with: "protocol: tpc")
        let outcome = PolicyParser.parse(text)
        #expect(outcome.policy == nil)
        #expect(outcome.diagnostics.map(\.line) == [6, 23, 35])
        #expect(
            outcome.diagnostics.last?.text(file: "ny.yaml")
                == #"ny.yaml:35:31: error: protocol of rule: "tpc" is no protocol; write tcp, udp, icmp, icmpv6, sctp or 0 to 254"#
        )
        #expect(throws: PolicyError(diagnostics: outcome.diagnostics)) { try Policy(validating: text) }
    }
}
