import Datapath
import Policy

/// What is known of the interfaces a policy names. Plain values, so that the judgement of them can be tested anywhere.
package struct NetworkFacts: Sendable, Equatable {
    /// All of this network namespace, by name.
    package var interfaces: [String: InterfaceFacts]
    /// Of the underlay; empty where it is not there.
    package var addresses: [IPAddress]
    package var rootQdisc: KernelQueues.Root?
    /// That the underlay uses; 0 where it is not there.
    package var transmitQueues: Int
    /// Of the underlay and the ports, by name.
    package var offloads: [String: Offloads]
    /// The XDP program on the underlay is this node's.
    package var hasOwnXDP: Bool
    /// Of veths that are ports with `xdp: native`, by name; absent: it was not found.
    package var farEnds: [String: FarEnd]
    /// The interfaces that transmit what XDP redirects to them, by index.
    package var xdpTransmitters: Set<UInt32>

    package init(
        interfaces: [String: InterfaceFacts], addresses: [IPAddress], rootQdisc: KernelQueues.Root?,
        transmitQueues: Int, offloads: [String: Offloads], hasOwnXDP: Bool, farEnds: [String: FarEnd],
        xdpTransmitters: Set<UInt32>
    ) {
        self.interfaces = interfaces
        self.addresses = addresses
        self.rootQdisc = rootQdisc
        self.transmitQueues = transmitQueues
        self.offloads = offloads
        self.hasOwnXDP = hasOwnXDP
        self.farEnds = farEnds
        self.xdpTransmitters = xdpTransmitters
    }

    package static func read(_ policy: Policy) throws(KernelError) -> NetworkFacts {
        let netlink = try Netlink()
        let all = try netlink.interfaces()
        var facts = NetworkFacts(
            interfaces: Dictionary(all.map { ($0.name, $0) }) { first, _ in first }, addresses: [], rootQdisc: nil,
            transmitQueues: 0, offloads: [:],
            hasOwnXDP: try NodeKernel(node: policy.node).hasXDP(on: policy.underlay.interface), farEnds: [:],
            xdpTransmitters: try Datapath.xdpTransmitters())
        if let underlay = facts.interfaces[policy.underlay.interface] {
            facts.addresses = try netlink.addresses(interface: underlay.index)
            facts.transmitQueues = try underlay.transmitQueues()
            facts.rootQdisc = try netlink.readQueues(interface: underlay.index).root
        }
        for name in [policy.underlay.interface] + policy.slices.flatMap(\.ports).map(\.interface)
        where facts.interfaces[name] != nil && facts.offloads[name] == nil {
            facts.offloads[name] = try Offloads(interface: name)
        }
        for port in policy.slices.flatMap(\.ports) where port.xdp {
            guard let veth = facts.interfaces[port.interface], !veth.isHardware else { continue }
            facts.farEnds[port.interface] = try FarEnd(of: veth, netlink)
        }
        return facts
    }
}

extension Examination {
    /// Adds what a policy needs of this machine.
    package mutating func add(_ policy: Policy) throws {
        add(Finding.all(try NetworkFacts.read(policy), policy))
        add(Finding.all(OutsideFacts.read(policy), policy))
    }
}
