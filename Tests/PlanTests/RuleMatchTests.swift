import Plan
import PolicySamples
import Testing

@testable import Policy

@Suite("The rules, read plainly")
struct RuleMatchTests {
    @Test(
        "put a packet of the example into its class",
        arguments: [
            ("udp 10.0.0.1:4000 > 10.0.0.2:7001", "perp", 0), ("udp 10.0.0.1:7001 > 10.0.0.2:4000", "perp", 0),
            ("udp 10.0.0.1:4000 > 10.0.0.2:7001", "spot", nil), ("tcp 10.0.0.1:4000 > 10.0.0.2:7001", "perp", nil),
            ("udp 10.0.0.1:1 > 10.0.0.2:7002 payload 0000000000000000000000000000000000000000000f4240", "spot", 1),
            ("udp 10.0.0.1:1 > 10.0.0.2:7002 payload 0000000000000000000000000000000000000000000f423f", "spot", nil),
            ("udp 10.0.0.1:1 > 10.0.0.2:7002 payload 00000000000000000000000000000000ffffffffffffff", "spot", nil),
            ("tcp 10.0.0.9:5 > 192.0.2.9:9110", "spot", 2), ("tcp 10.0.1.9:5 > 192.0.2.9:9110", "spot", nil),
            ("tcp 10.0.0.9:5 > 192.0.2.9:9111", "spot", nil), ("tcp 10.0.0.9 > 192.0.2.9 fragment", "spot", nil),
            // Nobody's DSCP is trusted.
            ("udp 10.0.0.1:1 > 10.0.0.2:2 dscp AF31", "perp", nil), ("arp", "perp", nil),
        ] as [(String, String, Int?)])
    func example(text: String, slice: String, rule: Int?) throws {
        #expect(Build.example.match(try FlowKey(parsing: text), slice: slice)?.rule == rule)
    }

    @Test(
        "say what kept them from matching",
        arguments: [
            (Build.rule("bulk", slice: "spot"), "it is for slice spot"),
            (Build.rule("bulk", ipProtocol: 6), "the protocol is udp, not tcp"),
            (Build.rule("bulk", sourcePorts: [1...2]), "the source port 4000 is not in 1-2"),
            (Build.rule("bulk", destinationPorts: [1...2, 9...9]), "the destination port 7001 is not in 1-2, 9"),
            (Build.rule("bulk", ports: [9...9]), "neither port, 4000 nor 7001, is in 9"),
            (
                Build.rule("bulk", sources: [Build.v4Prefix(10, 1, 0, 0, 16)]),
                "the source 10.0.0.1 is not in 10.1.0.0/16"
            ),
            (
                Build.rule("bulk", destinations: [Build.v6Prefix(0, 0)]),
                "the destination 10.0.0.2 is not in ::/0"
            ),
            (
                Build.rule("bulk", prefixes: [Build.v4Prefix(10, 1, 0, 0, 16)]),
                "neither address, 10.0.0.1 nor 10.0.0.2, is in 10.1.0.0/16"
            ),
            (
                Build.rule("bulk", ports: [7001...7001], prefixes: [Build.v4Prefix(10, 0, 0, 1, 32)]),
                "the port of 7001 is not at the end in 10.0.0.1/32"
            ),
            (Build.rule("bulk", dscps: [46]), "the DSCP is CS1, not EF"),
            (
                Build.rule("bulk", payload: Rule.PayloadTest(offset: 1, width: 2, atLeast: 516)),
                "the payload's 2 bytes at 1 are 515, less than 516"
            ),
            (
                Build.rule("bulk", payload: Rule.PayloadTest(offset: 2, width: 2, atLeast: 0)),
                "the payload's 2 bytes at 2 are not there"
            ),
        ])
    func reasons(rule: Rule, reason: String) throws {
        let catchAll = Build.rule("bulk")
        let policy = Build.policy(
            classes: [Build.trafficClass("bulk", isDefault: true)], slices: [Build.slice("perp", 4201)],
            rules: [rule, catchAll, catchAll], trustDscp: [Build.v4Prefix(10, 0, 0, 1, 32)])
        let flow = try FlowKey(parsing: "udp 10.0.0.1:4000 > 10.0.0.2:7001 dscp CS1 payload 010203")
        let verdicts = policy.explain(flow, slice: "perp")
        #expect(verdicts.map(\.rule) == [0, 1], "up to the one that matches")
        #expect(verdicts.map(\.mismatch) == [reason, nil])
    }

    @Test("distrust a DSCP from outside trustDscp, and frames that are not IP")
    func distrust() throws {
        let policy = Build.policy(
            classes: [Build.trafficClass("bulk", isDefault: true)], slices: [Build.slice("perp", 4201)],
            rules: [Build.rule("bulk", dscps: [46])], trustDscp: [Build.v4Prefix(10, 0, 0, 1, 32)])
        let answer = try FlowKey(parsing: "icmp 10.0.0.2 > 10.0.0.1 dscp EF")
        #expect(
            policy.explain(answer, slice: "perp").first?.mismatch
                == "the DSCP is not believed: 10.0.0.2 is not in trustDscp")
        #expect(policy.explain(.notIP, slice: "perp").first?.mismatch == "the frame is not IP")
    }
}
