import Policy
import Testing

@Suite struct ScaleTests {
    /// A generous bound: it finds what is quadratic in the file, not what is slow by a third.
    @Test(.timeLimit(.minutes(1))) func `the largest policy is read in seconds`() throws {
        let slices = (0..<4096).map { "  - {name: tenant-\($0), vni: \($0 + 1), ports: [a\($0)]}" }
        let shared = (0..<246).map {
            "  - {class: orders, protocol: tcp, destinationPort: \($0 + 1), source: 10.0.0.0/8}"
        }
        let own = (0..<9754).map {
            "  - {class: liquidation, slice: tenant-\($0 % 4096), protocol: udp, port: \($0 + 1), prefix: 10.\($0 % 256).0.0/16}"
        }
        let text = """
            apiVersion: shaper/v1
            node: ny
            underlay: {interface: u0, address: 192.0.2.1, rate: 10gbit}
            classes:
              - {name: liquidation, lane: express, ceiling: 5%}
              - {name: orders, guarantee: 25%}
              - {name: bulk, default: true}
            slices:
            \(slices.joined(separator: "\n"))
            peers:
              - {name: ldn, address: 192.0.2.2, slices: [\((0..<4096).map { "tenant-\($0)" }.joined(separator: ", "))]}
            rules:
            \((shared + own).joined(separator: "\n"))
            """
        let clock = ContinuousClock()
        var outcome: PolicyOutcome?
        let time = clock.measure { outcome = PolicyParser.parse(text) }
        #expect(outcome?.diagnostics == [])
        #expect(outcome?.policy?.rules.count == 10_000)
        #expect(time < .seconds(20))
    }

    @Test(.timeLimit(.minutes(1))) func `figures for every slice in every regime and schedule are checked in seconds`()
        throws
    {
        let names = (0..<4096).map { "tenant-\($0)" }
        let slices = names.enumerated().map { index, name in
            "  - {name: \(name), vni: \(index + 1), ports: [a\(index)]\(index < 512 ? ", guarantee: 0.1%" : "")}"
        }
        func quotas(_ ceiling: Int) -> String {
            let slices = names.prefix(512).map { "\($0): {classes: {bulk: {ceiling: \(ceiling)%}}}" }
            return "classes: {orders: {ceiling: 90%}}, slices: {\(slices.joined(separator: ", "))}"
        }
        let text = """
            apiVersion: shaper/v1
            node: ny
            underlay: {interface: u0, address: 192.0.2.1, rate: 100gbit}
            classes:
              - {name: liquidation, lane: express, ceiling: 5%}
              - {name: orders, guarantee: 25%}
              - {name: bulk, default: true}
            slices:
            \(slices.joined(separator: "\n"))
            peers:
              - {name: ldn, address: 192.0.2.2, slices: [\(names.joined(separator: ", "))]}
            volatility:
              feeds: [{name: desk, stdin: true}]
              regimes:
                elevated: {\(quotas(50))}
                storm: {\(quotas(20))}
                extreme: {\(quotas(10))}
            schedules:
              - {name: a, cron: "@daily", duration: 5m, \(quotas(30))}
              - {name: b, cron: "@daily", duration: 5m, \(quotas(40))}
            """
        var outcome: PolicyOutcome?
        let time = ContinuousClock().measure { outcome = PolicyParser.parse(text) }
        #expect(outcome?.diagnostics == [])
        #expect(outcome?.policy?.schedules.map(\.quotas.slices.count) == [512, 512])
        #expect(time < .seconds(20))
    }
}
