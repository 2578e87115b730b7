import Plan
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

@Suite("a node at scale", .enabled(if: mayMakeNamespaces))
struct NodeScaleTests {
    @Test("a policy of 4,096 slices, 512 with quotas of their own, is put in force, and again with nothing to do")
    func manySlices() async {
        let outcome = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            let clock = ContinuousClock()
            let node = try PacketNode(Self.policy(slices: 1, quotas: 0))
            let desired = try DesiredState(Policy(validating: Self.policy(slices: 4096, quotas: 512)))
            try node.kernel.unload()
            var changes = NodeChanges()
            let first = try clock.measure { changes = try node.kernel.apply(desired) }
            let queues = changes.queues.prepare.count
            let again = try clock.measure { changes = try node.kernel.apply(desired) }
            #expect(changes.isEmpty)
            print("4,096 slices, \(queues) queue changes: first apply \(first), the same again \(again)")
        }
        print(String(decoding: outcome?.standardOutputContent ?? [], as: UTF8.self), terminator: "")
    }

    /// The last slices have the quotas. Every slice has a port: a VLAN of one of two trunks.
    private static func policy(slices: Int, quotas: Int) -> String {
        let sections = (0..<slices).map { place in
            let quota = place < slices - quotas ? "" : "guarantee: 12mbit, ceiling: 100%, "
            let port = "{interface: p\(3 + place % 2), vlan: \(1 + place / 2)}"
            return "  - {name: tenant-\(place), vni: \(place + 1), \(quota)ports: [\(port)]}"
        }
        return """
            apiVersion: shaper/v1
            node: \(PacketNode.name)
            underlay: {interface: u0, address: 192.0.2.1, rate: 10gbit}
            classes:
              - {name: liquidation, lane: express, ceiling: 1%}
              - {name: settlement, guarantee: 25%, ceiling: 100%}
              - {name: orders, guarantee: 25%, ceiling: 100%}
              - {name: market-data, guarantee: 25%, ceiling: 100%}
              - {name: bulk, guarantee: 5%, ceiling: 100%, default: true}
            slices:
            \(sections.joined(separator: "\n"))
            peers:
              - {name: ldn, address: 192.0.2.2, slices: [\((0..<slices).map { "tenant-\($0)" }.joined(separator: ", "))]}
            rules:
              - {class: liquidation, protocol: udp, port: 7001}
              - {class: orders, protocol: tcp, port: 9000}
            """
    }
}
