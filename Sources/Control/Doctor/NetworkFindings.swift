import Datapath
import Plan
import Policy

extension Finding {
    /// The judgement of a machine's network for a policy.
    package static func all(_ facts: NetworkFacts, _ policy: Policy) -> [Finding] {
        guard let underlay = facts.interfaces[policy.underlay.interface] else {
            return [
                .problem(
                    "underlay", "\(policy.underlay.interface) does not exist in this network namespace",
                    "create it, or correct the policy")
            ]
        }
        return [self.underlay(underlay, facts.addresses, policy.underlay.address)]
            + [rootQdisc(facts.rootQdisc, underlay.name), xdp(underlay, isOwn: facts.hasOwnXDP)]
            + (facts.offloads[underlay.name].map { receiveOffload($0, underlay.name) + [segmentation($0, underlay)] }
                ?? [])
            + [transmitQueues(facts.transmitQueues, underlay.name, QueueTree(policy)), tunnelPort(facts, policy)]
            + ports(facts, policy, underlay)
    }

    private static func underlay(_ facts: InterfaceFacts, _ addresses: [IPAddress], _ wanted: IPAddress) -> Finding {
        guard facts.isUp else {
            return .problem("underlay", "\(facts.name) is down", "ip link set dev \(facts.name) up")
        }
        guard addresses.contains(wanted) else {
            let has = addresses.isEmpty ? "none" : addresses.map(\.description).joined(separator: ", ")
            return .problem(
                "underlay", "\(facts.name) does not have the address \(wanted); it has \(has)",
                "ip address add \(wanted) dev \(facts.name), or correct the policy")
        }
        return .ok("underlay", "\(facts.name) is up, with \(wanted) and MTU \(facts.mtu)")
    }

    private static func rootQdisc(_ root: KernelQueues.Root?, _ interface: String) -> Finding {
        guard let root else { return .ok("root qdisc", "\(interface) has the kernel's default") }
        return root.isOurs
            ? .ok("root qdisc", "\(interface) has the shaper's")
            : .problem(
                "root qdisc",
                "\(interface) has someone else's: \(root.kind) \(String(root.handle >> 16, radix: 16)):",
                "shaperctl apply --replace-qdisc, or tc qdisc del dev \(interface) root")
    }

    private static func xdp(_ underlay: InterfaceFacts, isOwn: Bool) -> Finding {
        guard let program = underlay.xdpProgram, !isOwn else {
            let restart = underlay.isHardware && !isOwn ? ". " + NodeChanges.restart(underlay.name) : ""
            return .ok("XDP", "\(underlay.name) has \(isOwn ? "the shaper's program" : "no program")\(restart)")
        }
        return .problem(
            "XDP", "\(underlay.name) has someone else's program (id \(program)), which apply leaves alone",
            "ip link set dev \(underlay.name) xdp off, if it is not needed")
    }

    /// Without it every packet of a bulk transfer goes up the stack alone (2.4 against 3.9 Gbit/s measured on a veth).
    private static func receiveOffload(_ offloads: Offloads, _ interface: String) -> [Finding] {
        [
            offloads.genericReceive
                ? .ok("GRO", "on at \(interface)")
                : .warning(
                    "GRO", "off at \(interface): bulk traffic from peers costs more",
                    "ethtool -K \(interface) gro on")
        ]
    }

    /// Either way is right: what the tunnel device hands down is no longer than the link sends in 100 us.
    private static func segmentation(_ offloads: Offloads, _ underlay: InterfaceFacts) -> Finding {
        let parts = [("TSO", offloads.tcpSegmentation), ("GSO", offloads.genericSegmentation)]
        let text = parts.map { "\($0.0) \($0.1 ? "on" : "off")" }.joined(separator: ", ")
        return .ok("segmentation", "\(text) at \(underlay.name); the tunnel limits super-packets by itself")
    }

    private static func transmitQueues(_ count: Int, _ interface: String, _ tree: QueueTree) -> Finding {
        if let shared = SharedTree(tree, interface: interface, transmitQueues: count) {
            return .warning(
                "transmit queues", "\(shared)",
                "ethtool -L \(interface) combined N, with fewer, or lower ceilings of express classes")
        }
        return .ok(
            "transmit queues",
            count > 1
                ? "\(interface) uses \(count), each with an HTB of its own and its share of every rate; XPS or the "
                    + "flow's hash chooses, so a flow stays in order"
                : "\(interface) uses one")
    }

    /// Two VXLAN devices of different kinds cannot listen on one port.
    private static func tunnelPort(_ facts: NetworkFacts, _ policy: Policy) -> Finding {
        let port = policy.underlay.port
        let others = facts.interfaces.values.filter { $0.tunnelPort == port && $0.name != "sh-\(policy.node)" }
        guard others.isEmpty else {
            let names = others.map(\.name).sorted().joined(separator: ", ")
            return .problem(
                "UDP port", "\(port) is taken by \(names)", "remove it, or give underlay.port another on all nodes")
        }
        return .ok("UDP port", "\(port) is free for the tunnel, or already its own")
    }
}

// MARK: ports

extension Finding {
    private static func ports(_ facts: NetworkFacts, _ policy: Policy, _ underlay: InterfaceFacts) -> [Finding] {
        let most = underlay.mtu - min(underlay.mtu, policy.underlay.address.isIPv4 ? 50 : 70)
        let ports = Set(policy.slices.flatMap(\.ports).map(\.interface)).sorted()
        let broken = ports.compactMap { name -> Finding? in
            guard let port = facts.interfaces[name] else {
                return .problem(
                    "port", "\(name) does not exist in this network namespace", "create it, or correct the policy")
            }
            guard port.mtu <= most else {
                return .problem(
                    "port",
                    "\(name) has MTU \(port.mtu), but \(underlay.name) carries inner packets of at most \(most)",
                    "ip link set dev \(name) mtu \(most), and the tenant's end too")
            }
            return port.isUp ? nil : .warning("port", "\(name) is down", "ip link set dev \(name) up")
        }
        let fine = ports.count - broken.count
        let summary = Finding.ok(
            "ports", "\(fine) of \(ports.count) are up and fit: at most \(most) of \(underlay.mtu) bytes")
        return [summary] + broken + express(facts, policy, underlay)
    }
}
