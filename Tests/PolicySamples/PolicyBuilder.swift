@testable import Policy

/// Policies for tests, without the file.
package enum Build {
    package static func policy(
        rate: UInt64 = 200_000_000, classes: [Policy.TrafficClass], slices: [Policy.Slice], peers: [Policy.Peer] = [],
        rules: [Rule] = [], trustDscp: [Prefix] = []
    ) -> Policy {
        Policy(
            node: "ny",
            underlay: Policy.Underlay(
                interface: "u0", address: v4(192, 0, 2, 1), rate: BitRate(bitsPerSecond: rate), headroom: 5, port: 4789),
            fabric: Policy.Fabric(
                ageing: .seconds(300), flood: 1000, macLimit: 1024, dscp: .pipe, trustDscp: trustDscp),
            classes: classes, slices: slices, peers: peers, rules: rules,
            metrics: Policy.Metrics(host: "127.0.0.1", port: 9464))
    }

    package static func trafficClass(
        _ name: String, _ lane: Policy.Lane = .queue, guarantee: Share? = nil, ceiling: Share? = nil,
        dscp: UInt8? = nil, queue: Duration = .milliseconds(50), isDefault: Bool = false
    ) -> Policy.TrafficClass {
        Policy.TrafficClass(
            name: name, lane: lane, guarantee: guarantee, ceiling: ceiling, dscp: dscp, queue: queue,
            isDefault: isDefault)
    }

    package static func slice(
        _ name: String, _ vni: UInt32, guarantee: Share? = nil, ceiling: Share? = nil,
        classes: [String: Policy.ClassQuota] = [:]
    ) -> Policy.Slice {
        Policy.Slice(
            name: name, vni: vni, guarantee: guarantee, ceiling: ceiling, floorBase: nil, classes: classes, ports: [])
    }

    package static func rule(
        _ className: String, slice: String? = nil, ipProtocol: UInt8? = nil, ports: [ClosedRange<UInt16>] = [],
        sourcePorts: [ClosedRange<UInt16>] = [], destinationPorts: [ClosedRange<UInt16>] = [],
        prefixes: [Prefix] = [], sources: [Prefix] = [], destinations: [Prefix] = [], dscps: [UInt8] = [],
        payload: Rule.PayloadTest? = nil
    ) -> Rule {
        Rule(
            line: 1, className: className, slice: slice, ipProtocol: ipProtocol, ports: ports,
            sourcePorts: sourcePorts, destinationPorts: destinationPorts, prefixes: prefixes, sources: sources,
            destinations: destinations, dscps: dscps, payload: payload)
    }

    package static func v4(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32) -> IPAddress {
        IPAddress(v4: a << 24 | b << 16 | c << 8 | d)
    }

    /// 10.0.0.0/8 is `v4Prefix(10, 0, 0, 0, 8)`.
    package static func v4Prefix(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ length: UInt8) -> Prefix {
        Prefix(address: v4(a, b, c, d), length: 96 + length)
    }

    package static func v6Prefix(_ high: UInt64, _ length: UInt8) -> Prefix {
        Prefix(address: IPAddress(high: high, low: 0), length: length)
    }

    package static func mbit(_ number: UInt64) -> Share { .rate(BitRate(bitsPerSecond: number * 1_000_000)) }

    /// Slice perp with quotas beside slice spot without.
    package static let example: Policy = {
        do {
            return try Policy(validating: exampleText)
        } catch {
            fatalError("\(error)")
        }
    }()

    private static let exampleText = """
        apiVersion: shaper/v1
        node: ny
        underlay: {interface: u0, address: 192.0.2.1, rate: 200mbit}
        classes:
          - {name: liquidation, lane: express, ceiling: 10%, dscp: EF}
          - {name: settlement,  guarantee: 25%, ceiling: 100%, dscp: AF41}
          - {name: orders,      guarantee: 25%, ceiling: 100%, dscp: CS4}
          - {name: market-data, guarantee: 25%, ceiling: 100%, dscp: AF31, queue: 20ms}
          - {name: bulk,        guarantee: 5%,  ceiling: 100%, dscp: LE, default: true}
        slices:
          - {name: perp, vni: 4201, guarantee: 50%, ceiling: 100%, classes: {bulk: {ceiling: 50%}}, ports: [p1]}
          - {name: spot, vni: 4202, ports: [p2]}
        peers:
          - {name: ldn, address: 192.0.2.2, slices: [perp, spot]}
        rules:
          - {class: liquidation, slice: perp, protocol: udp, port: 7001}
          - {class: liquidation, protocol: udp, destinationPort: 7002,
             payload: {offset: 16, width: 8, atLeast: 1000000}}
          - {class: orders, protocol: tcp, destinationPort: [9000, 9100-9110], source: 10.0.0.0/24}
          - {class: market-data, dscp: AF31}
        """
}
