import CBPF
import Plan
import PolicySamples
import Testing

@testable import Datapath
@testable import PacketLab
@testable import Policy

/// The kernel's class of a packet against the rules read one after the other, as `explain` reads them.
@Suite("packets: the kernel and a plain reading of the rules", .enabled(if: mayMakeNamespaces))
struct PacketsPropertyTests {
    @Test("agree on 120,000 random packets under 150 random policies")
    func agree() async {
        await #expect(processExitsWith: .success) {
            var world = RandomWorld(seed: 2014)
            let policies = (0..<150).map { _ in world.policy().onPacketNode }
            let node = try PacketNode.empty()
            for slice in policies[0].slices { try node.learn(.peers, behind: "192.0.2.2", vni: slice.vni) }
            var matched = 0
            for policy in policies {
                try node.kernel.apply(DesiredState(policy))
                for number in 0..<800 {
                    let flow = world.packet(), slice = number % policy.slices.count
                    let run = try node.pass(Packet.of(flow).bytes, at: "p\(slice + 1)")
                    let rule = policy.match(flow, slice: policy.slices[slice].name)
                    let expected = rule?.trafficClass ?? policy.classes.firstIndex(where: \.isDefault)!
                    if rule != nil { matched += 1 }
                    let leaf = QueueID.classID(SHAPER_COMMON_LEAF_MINOR.rawValue + UInt32(expected))
                    guard run.verdict == Outcome.Verdict.redirect.rawValue, run.priority == leaf else {
                        throw Disagreement(
                            flow: flow, slice: policy.slices[slice].name, rule: rule?.rule,
                            priority: QueueID.text(run.priority), expected: QueueID.text(leaf), rules: policy.rules)
                    }
                }
            }
            // A world in which nothing matches, or everything, would prove nothing.
            #expect((20_000...100_000).contains(matched))
        }
    }

    private struct Disagreement: Error {
        var flow: FlowKey
        var slice: String
        var rule: Int?
        var priority: String
        var expected: String
        var rules: [Rule]
    }
}

extension MACAddress {
    fileprivate static let peers = MACAddress.local(0xA0)
}

extension Policy {
    /// With a port and a peer for each slice.
    fileprivate var onPacketNode: Policy {
        var policy = self
        policy.node = PacketNode.name
        policy.peers = [Policy.Peer(name: "ldn", address: "192.0.2.2", slices: slices.map(\.name))]
        for slice in slices.indices {
            policy.slices[slice].ports = [Policy.Port(interface: "p\(slice + 1)", vlan: nil, statics: [])]
        }
        return policy
    }
}

extension PacketNode {
    /// Three slices, no rules.
    fileprivate static func empty() throws -> PacketNode {
        try PacketNode(
            """
            apiVersion: shaper/v1
            node: NODE
            underlay: {interface: u0, address: 192.0.2.1, rate: 200mbit}
            classes: [{name: bulk, default: true}]
            slices:
              - {name: perp, vni: 4201, ports: [p1]}
              - {name: spot, vni: 4202, ports: [p2]}
              - {name: idle, vni: 4203, ports: [p3]}
            peers: [{name: ldn, address: 192.0.2.2, slices: [perp, spot, idle]}]
            """)
    }
}

extension Packet {
    /// A frame for the peer's address that the rules see as this flow.
    fileprivate static func of(_ flow: FlowKey) -> Packet {
        let frame = Packet.ethernet(to: .peers, from: .local(1))
        guard let ip = flow.ip else { return frame.payload(count: 46) }
        let hasPorts = [6, 17, 132].contains(ip.ipProtocol), isFragment = hasPorts && ip.ports == nil
        let network =
            ip.source.isIPv4
            ? frame.ipv4(ip.source, ip.destination, dscp: ip.dscp, fragment: isFragment ? 100 : 0, number: ip.ipProtocol)
            : frame.ipv6(ip.source, ip.destination, dscp: ip.dscp, number: isFragment ? 44 : ip.ipProtocol)
        let inner = isFragment && !ip.source.isIPv4 ? network.fragment6(100, number: ip.ipProtocol) : network
        guard let ports = ip.ports else { return inner.payload([UInt8](repeating: 0, count: 24)) }
        switch ip.ipProtocol {
        case 6: return inner.tcp(ports.source, ports.destination)
        case 132: return inner.sctp(ports.source, ports.destination)
        default: return inner.udp(ports.source, ports.destination).payload(ip.payload)
        }
    }
}
