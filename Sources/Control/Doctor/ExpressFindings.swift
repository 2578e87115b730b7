import Datapath
import Policy

extension Finding {
    /// How express packets get from and to the ports: by tc, or by XDP, which has its conditions.
    static func express(_ facts: NetworkFacts, _ policy: Policy, _ underlay: InterfaceFacts) -> [Finding] {
        guard policy.classes.contains(where: { $0.lane == .express }) else {
            return [.ok("express checksums", "no class is express")]
        }
        let ports = policy.slices.flatMap(\.ports)
        let native = ports.filter { $0.xdp && facts.interfaces[$0.interface] != nil }.map(\.interface).sorted()
        let other = Set(ports.filter { !$0.xdp }.map(\.interface)).sorted()
        return (other.isEmpty ? [] : [checksumsByTC(facts, other)])
            + (native.isEmpty ? [] : checksumsByXDP(facts, native) + [redirects(facts, native, underlay)])
    }

    /// XDP would send on checksums that the sender left to its hardware, wrong; tc knows that they are unfilled.
    private static func checksumsByTC(_ facts: NetworkFacts, _ ports: [String]) -> Finding {
        let leaving = ports.filter { facts.offloads[$0]?.txChecksum == true }
        let who = leaving.isEmpty ? "no port's end" : leaving.shortList
        return .ok(
            "express checksums",
            "\(ports.shortList): read by tc, which fills in what senders leave to the hardware (tx offload: \(who))")
    }

    private static func checksumsByXDP(_ facts: NetworkFacts, _ ports: [String]) -> [Finding] {
        let refused = ports.compactMap { name -> ApplyError? in
            if facts.interfaces[name]?.isHardware == true { return nil }
            guard let end = facts.farEnds[name] else { return .xdpFarEnd(interface: name) }
            return end.leavesWork ? .xdpOffloads(interface: name, end) : nil
        }
        guard refused.isEmpty else {
            return refused.map { .problem("express checksums", $0.description, $0.remedy) }
        }
        return [.ok("express checksums", "\(ports.shortList): read by XDP, and the senders leave nothing to a device")]
    }

    /// What does not take redirects is served by tc, and nothing is lost; but it is not what was asked for.
    private static func redirects(_ facts: NetworkFacts, _ ports: [String], _ underlay: InterfaceFacts) -> Finding {
        let deaf = ([underlay.name] + ports).filter { name in
            facts.interfaces[name].map { !facts.xdpTransmitters.contains($0.index) } ?? false
        }
        guard !deaf.isEmpty else {
            return .ok("XDP redirects", "\(([underlay.name] + ports).shortList): XDP can send there")
        }
        return .warning(
            "XDP redirects", "\(deaf.shortList): XDP cannot send there, so express packets go there by tc",
            "at a veth's other end: ethtool -K NAME gro on")
    }
}
