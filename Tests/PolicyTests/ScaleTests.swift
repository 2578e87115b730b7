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
}
