import Datapath
import FoundationEssentials
import Plan
import Policy

extension Node {
    package func status(daemon: DaemonState) throws -> NodeStatus {
        let inForce = try inForce()
        let (applied, policy, desired) = (inForce.applied, inForce.policy, inForce.desired)
        let kernel = try NodeKernel(node: name)
        return NodeStatus(
            node: name, generation: try kernel.generation(),
            policy: NodeStatus.PolicySource(
                path: applied.path, appliedAt: Date(timeIntervalSince1970: applied.appliedAt).ISO8601Format()),
            trial: applied.trial.map(TrialFacts.init),
            daemon: daemon,
            automatic: NodeStatus.Automatic(
                watchesMarket: policy.volatility != nil, secondsLeft: inForce.layer?.secondsLeft),
            underlay: try NodeStatus.Underlay(policy.underlay, charge: kernel.charge()),
            mechanism: kernel.mechanism?.rawValue,
            hooks: try kernel.hookStates(desired).map {
                NodeStatus.Hook(program: $0.program.rawValue, interface: $0.interface, state: $0.state)
            },
            slices: NodeStatus.Slice.all(policy, try kernel.addresses(vnis: policy.slices.map(\.vni))),
            overrides: inForce.overrides.map(OverrideFacts.init),
            drops: try NodeStatus.Drop.all(kernel),
            problems: Self.problems(kernel, desired, isWatched: daemon.activity == .running))
    }

    private static func problems(_ kernel: NodeKernel, _ desired: DesiredState, isWatched: Bool) -> [String] {
        let remedy = isWatched ? "" : "; shaperctl reload puts it right, or a daemon"
        do throws(ApplyError) {
            return try kernel.changes(to: desired).summary.map { "differs from the policy: \($0)\(remedy)" }
        } catch {
            return [error.description]
        }
    }
}

extension NodeStatus.Underlay {
    fileprivate init(_ underlay: Policy.Underlay, charge: BitRate) throws {
        self.init(
            interface: underlay.interface, address: underlay.address.description,
            rateBitsPerSecond: underlay.rate.bitsPerSecond, linkBitsPerSecond: underlay.linkRate.bitsPerSecond,
            chargedBitsPerSecond: charge.bitsPerSecond,
            rootQdisc: try NodeStatus.RootQdisc(interface: underlay.interface))
    }
}

extension NodeStatus.RootQdisc {
    fileprivate init(interface name: String) throws {
        let netlink = try Netlink()
        guard let index = try netlink.interfaces().first(where: { $0.name == name })?.index else {
            self = .noInterface
            return
        }
        let root = try netlink.readQueues(interface: index).root
        self = root.map { $0.isOurs ? .ours : .foreign } ?? .missing
    }
}

extension NodeStatus.Slice {
    /// One for each slice of the policy.
    static func all(_ policy: Policy, _ addresses: [UInt32: [NodeKernel.KnownAddress]]) -> [NodeStatus.Slice] {
        let bandwidth = Bandwidth(policy)
        return policy.slices.map { slice in
            let known = addresses[slice.vni] ?? []
            let rates = bandwidth.slices[slice.vni]
            return NodeStatus.Slice(
                name: slice.name, vni: slice.vni, guaranteeBitsPerSecond: rates?.guarantee.bitsPerSecond,
                ceilingBitsPerSecond: rates?.ceiling.bitsPerSecond, ports: slice.ports.map(\.label),
                peers: policy.peers.filter { $0.slices.contains(slice.name) }.map(\.name),
                learnedAddresses: known.count { $0.age != nil }, staticAddresses: known.count { $0.age == nil })
        }
    }
}

extension NodeStatus.Drop {
    fileprivate static func all(_ kernel: NodeKernel) throws(KernelError) -> [NodeStatus.Drop] {
        try kernel.drops().enumerated().map { reason, packets in
            NodeStatus.Drop(
                reason: CounterNames.drops[reason], packets: packets, help: CounterNames.dropHelp[reason])
        }
    }
}

extension Policy.Port {
    /// As people name it: `p3`, or `p3.12` for a VLAN of it.
    var label: String { vlan.map { "\(interface).\($0)" } ?? interface }
}
