import Policy

/// Why a policy cannot be put in force on this machine. When one is thrown, all is as it was before.
package enum ApplyError: Error, CustomStringConvertible {
    case noInterface(String, role: String)
    case interfaceDown(String, role: String)
    /// The policy's tunnel address is not on the underlay interface.
    case noAddress(IPAddress, interface: String, has: [IPAddress])
    /// A port's frames would not fit the underlay.
    case portMTU(interface: String, mtu: UInt32, most: UInt32, underlay: String, underlayMTU: UInt32)
    case interfaceIndex(String, UInt32)
    /// An XDP port whose sender leaves work to a device that XDP is in front of.
    case xdpOffloads(interface: String, FarEnd)
    case xdpFarEnd(interface: String)
    /// An XDP port on a NIC that takes VLAN tags out of the frames.
    case xdpTags(interface: String)
    /// Another version has this node's programs in the kernel.
    case otherVersion(pins: String)
    case limit(String)
    case queues(QueueConflict, interface: String)
    case readBack(generation: UInt32)
    /// The new generation was in force for some milliseconds, and looked at; 0: there is no former one.
    case unsound([String], generation: UInt32, former: UInt32)
    case kernel(KernelError)

    package var description: String {
        switch self {
        case .noInterface(let name, let role): "\(role) \(name) does not exist in this network namespace"
        case .interfaceDown(let name, let role): "\(role) \(name) is down"
        case .noAddress(let address, let interface, let has):
            "underlay.address \(address) is not on \(interface)"
                + (has.isEmpty ? "" : ", which has \(has.map(\.description).joined(separator: ", "))")
        case .portMTU(let interface, let mtu, let most, let underlay, let underlayMTU):
            "port \(interface) has MTU \(mtu), but \(underlay) with MTU \(underlayMTU) carries inner packets of at "
                + "most \(most) bytes"
        case .interfaceIndex(let name, let index): "interface \(name) has the index \(index), which is out of range"
        case .xdpOffloads(let interface, let end):
            "the sender at port \(interface) leaves \(end.left) to its device: by XDP its express packets would go out "
                + "without"
        case .xdpFarEnd(let interface):
            "the network namespace of the far end of port \(interface) cannot be found, so nothing is known of the "
                + "checksums it sends; XDP could send wrong ones"
        case .xdpTags(let interface):
            "port \(interface) takes VLAN tags out of the frames, and XDP would send express packets without"
        case .otherVersion(let pins): "another version of shaperctl carries this node; its pins are in \(pins)"
        case .limit(let text): text
        case .queues(let conflict, let interface): "\(interface): \(conflict)"
        case .readBack(let generation):
            "generation \(generation) does not read back from the maps as it was written; it is not in force"
        case .unsound(let problems, let generation, let former):
            "generation \(generation) was taken back: \(problems.prefix(8).joined(separator: "; "))"
                + (problems.count > 8 ? " and \(problems.count - 8) more" : "")
                + (former == 0 ? ". Nothing is in force" : ". The former policy, generation \(former), is in force")
        case .kernel(let error): error.description
        }
    }

    /// What the user can do about it.
    package var remedy: String? {
        switch self {
        case .noInterface: "create it, or correct the policy; names of other namespaces do not count"
        case .interfaceDown(let name, _): "ip link set dev \(name) up"
        case .noAddress(let address, let interface, _):
            "ip address add \(address) dev \(interface), or correct the policy"
        case .portMTU(let interface, _, let most, _, _):
            "ip link set dev \(interface) mtu \(most), and the tenant's end too"
        case .xdpOffloads: "at the sender: ethtool -K NAME tx off txvlan off, or remove xdp: native"
        case .xdpFarEnd: "give the namespace a name (ip netns attach), or remove xdp: native"
        case .xdpTags(let interface): "ethtool -K \(interface) rxvlan off, or remove xdp: native"
        case .otherVersion: "run that version's `shaperctl unload`, then apply again"
        case .queues(.foreignQdisc, _): "use --replace-qdisc to put the shaper's in its place, or remove it"
        case .queues: "shaperctl unload, then apply again"
        case .unsound: "see who else changes these, then apply again"
        case .kernel(let error) where error.errno == 1: "run as root"
        default: nil
        }
    }
}
