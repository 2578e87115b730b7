import Datapath
import Plan
import Policy

extension Node {
    /// What becomes of a flow under the policy in force, as far as the kernel knows the way.
    package func explain(_ flow: FlowKey, slice name: String) throws -> Explanation {
        let inForce = try inForce()
        let slice = try inForce.policy.slice(named: name)
        let kernel = try NodeKernel(node: self.name)
        let known = try kernel.addresses(vni: slice.vni)
        let said = try flow.ip.flatMap { try kernel.neighbour($0.destination, vni: slice.vni) }
        return try Explanation(
            flow, slice: name, policy: inForce.policy, text: inForce.applied.text,
            destination: Explanation.Destination(flow, slice, inForce.policy, said: said, known: known))
    }
}

extension Explanation.Destination {
    /// - Parameters:
    ///   - said: the MAC address that said it has the flow's destination address.
    ///   - known: every address of the slice.
    init(
        _ flow: FlowKey, _ slice: Policy.Slice, _ policy: Policy, said: MACAddress?, known: [NodeKernel.KnownAddress]
    ) {
        let everywhere = Explanation.Destination(
            mac: nil, ports: slice.ports.map(\.label),
            peers: policy.peers.filter { $0.slices.contains(slice.name) }.map(\.name), isFlooded: true, why: "")
        func flooded(_ why: String, mac: MACAddress? = nil) -> Self {
            var destination = everywhere
            destination.mac = mac?.description
            destination.why = why + ": would be flooded, not to the port it came from"
            return destination
        }

        guard let address = flow.ip?.destination else {
            self = flooded("a request is a broadcast")
            return
        }
        if address.isMulticast {
            self = flooded("\(address) is a group's address")
            return
        }
        let configured = slice.ports.flatMap(\.statics).first { $0.ip == address }?.mac
        guard let mac = configured ?? said else {
            self = flooded("nobody has said yet that \(address) is theirs")
            return
        }
        guard let entry = known.first(where: { $0.mac == mac }) else {
            self = flooded("\(mac) has sent nothing for longer than the ageing time", mac: mac)
            return
        }
        let source = entry.age.map { "learned, last seen \($0.components.seconds) s ago" } ?? "configured"
        switch entry.place {
        case .port(let interface, let vlan):
            let port = vlan.map { "\(interface).\($0)" } ?? interface
            self.init(mac: mac.description, ports: [port], peers: [], isFlooded: false, why: source)
        case .peer(let address):
            let peer = policy.peers.first { $0.address == address }?.name ?? address.description
            self.init(
                mac: mac.description, ports: [], peers: [peer], isFlooded: false, why: "\(address), \(source)")
        }
    }
}
