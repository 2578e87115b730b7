import CBPF
import Plan
import Policy

/// What the node's interfaces are, as far as an image depends on it.
struct HostFacts: Sendable, Equatable {
    var tunnelIndex: UInt32
    var underlayMTU: UInt32
    /// The underlay and the ports, by name.
    var interfaces: [String: InterfaceFacts]
    /// Those of them that transmit what XDP redirects to them, by index.
    var xdpTransmitters: Set<UInt32>
}

extension HostFacts {
    /// `enum shaper_port_flags`.
    fileprivate func portFlags(_ port: InterfaceFacts) -> UInt16 {
        UInt16(
            (port.kind == "veth" && port.peerIsElsewhere ? SHAPER_PORT_PEER.rawValue : 0)
                | (xdpTransmitters.contains(port.index) ? SHAPER_PORT_REDIRECT.rawValue : 0))
    }
}

extension PolicyImage {
    /// The image of a desired state, with the kernel's numbers filled in.
    init(_ desired: DesiredState, _ indices: IndexAllocation, _ host: HostFacts) {
        self.init()
        settings[0] = shaper_settings(desired, host)
        putPeers(desired, indices)
        putRules(desired.classifier)
        for slice in desired.slices {
            let members = putPorts(slice, indices, host)
            putSlice(slice, members: members, desired, indices)
            putQuotas(slice, desired, indices)
        }
    }

    private mutating func putPeers(_ desired: DesiredState, _ indices: IndexAllocation) {
        for peer in desired.peers {
            let index = indices.peers[peer.address]!
            var key = shaper_peer_key()
            withUnsafeMutableBytes(of: &key.address) { $0.copyBytes(from: peer.address.bytes) }
            withUnsafeMutableBytes(of: &peers.values[index].address) { $0.copyBytes(from: peer.address.bytes) }
            peerIndex[key] = UInt32(index)
        }
    }

    /// - Returns: the ports' indices, for copies.
    private mutating func putPorts(_ slice: DesiredSlice, _ indices: IndexAllocation, _ host: HostFacts) -> [Int] {
        slice.ports.map { port in
            let facts = host.interfaces[port.interface]!
            let vlan = port.vlan ?? 0
            let index = indices.ports[.init(interface: facts.index, vlan: vlan)]!
            ports[index] = shaper_port(
                ifindex: facts.index, vlan: vlan, flags: host.portFlags(facts),
                slice: UInt16(indices.slices[slice.vni]!), pad: (0, 0, 0))
            if vlan == 0 {
                portIndex[Int(facts.index)] = UInt16(index)
            } else {
                portIndex[Int(facts.index)] = UInt16(SHAPER_TRUNK)
                trunks[shaper_trunk_key(ifindex: facts.index, vlan: vlan, slot: 0)] = UInt32(index)
            }
            for entry in port.statics {
                statics[shaper_static_key(mac: entry.mac.value, vni: slice.vni, slot: 0)] = UInt32(index)
                guard let ip = entry.ip else { continue }
                var key = shaper_static_ip_key()
                withUnsafeMutableBytes(of: &key.address) { $0.copyBytes(from: ip.bytes) }
                key.vni = slice.vni
                staticIPs[key] = entry.mac.value
            }
            return index
        }
    }

    private mutating func putSlice(
        _ slice: DesiredSlice, members: [Int], _ desired: DesiredState, _ indices: IndexAllocation
    ) {
        let index = indices.slices[slice.vni]!
        var entry = shaper_slice()
        entry.vni = slice.vni
        entry.flags = slice.ports.contains { !$0.statics.isEmpty } ? SHAPER_SLICE_STATICS.rawValue : 0
        entry.ruleset = UInt16(slice.ruleSet)
        entry.fdb_mask = UInt16(AddressTable.buckets(macLimit: desired.fabric.macLimit) - 1)
        // A second's worth of copies may come at once, but no more than that in any second.
        let second = UInt64(1_000_000_000) << UInt64(SHAPER_TIME_SHIFT)
        entry.flood_cost = second / UInt64(desired.fabric.flood)
        entry.flood_burst = second
        entry.ports = UInt16(members.count)
        withUnsafeMutableBytes(of: &entry.port) { bytes in
            let list = bytes.bindMemory(to: UInt16.self)
            for (place, port) in members.enumerated() { list[place] = UInt16(port) }
        }
        withUnsafeMutableBytes(of: &entry.peers) { bytes in
            let words = bytes.bindMemory(to: UInt64.self)
            for peer in desired.peers where peer.vnis.contains(slice.vni) {
                let bit = indices.peers[peer.address]!
                words[bit / 64] |= 1 << UInt64(bit % 64)
            }
        }
        slices[index] = entry
        vnis[shaper_vni_key(vni: slice.vni, slot: 0)] = UInt32(index)
    }

    private mutating func putQuotas(_ slice: DesiredSlice, _ desired: DesiredState, _ indices: IndexAllocation) {
        let index = indices.slices[slice.vni]!
        for (place, trafficClass) in desired.classes.enumerated() {
            let role: QueueRole =
                slice.hasQuota
                ? .sliceLeaf(vni: slice.vni, trafficClass: place) : .commonLeaf(trafficClass: place)
            let leaf = QueueID.classID(role.minor { indices.queues[$0]! })
            var quota = shaper_quota()
            quota.tos = trafficClass.dscp << 2
            quota.leaf = leaf
            if trafficClass.lane == .express {
                quota.leaf = QueueID.classID(QueueRole.express.minor { _ in 0 })
                quota.demoted = leaf
                quota.bucket = bucketKey(slice: slice.hasQuota ? index : nil, trafficClass: place)
            }
            quotas[index * Limit.classes + place] = quota
        }
    }

    private mutating func putRules(_ classifier: Classifier) {
        cells.values = classifier.cells
        var first = 0
        for (index, set) in classifier.ruleSets.enumerated() {
            rulesets[index] = shaper_ruleset(set, first: first)
            for (bit, rule) in set.bits.enumerated() { rules[first + bit] = shaper_rule(rule) }
            first += set.bits.count
        }
    }
}

/// The key of an express bucket in maps `buckets` and `rates`; `slice` nil for the slices without quotas.
func bucketKey(slice: Int?, trafficClass: Int) -> UInt32 {
    UInt32((slice ?? Limit.sliceIndices) * Limit.classes + trafficClass)
}

extension shaper_settings {
    fileprivate init(_ desired: DesiredState, _ host: HostFacts) {
        self.init()
        let isV6 = !desired.underlay.address.isIPv4
        vxlan_ifindex = host.tunnelIndex
        overhead = isV6 ? 70 : 50
        // The frame travels behind outer IP, UDP and VXLAN, but its Ethernet header counts too.
        max_frame = host.underlayMTU - (isV6 ? 56 : 36)
        flags =
            (desired.fabric.dscp == .uniform ? SHAPER_DSCP_UNIFORM.rawValue : 0)
            | (isV6 ? SHAPER_UNDERLAY_V6.rawValue : 0)
        ageing_ns = desired.fabric.ageing.nanoseconds
        udp_port = desired.underlay.port.bigEndian
        cells = UInt32(desired.classifier.cells.count)
        withUnsafeMutableBytes(of: &local) { $0.copyBytes(from: desired.underlay.address.bytes) }
    }
}

extension shaper_ruleset {
    fileprivate init(_ set: RuleSet, first: Int) {
        self.init()
        withUnsafeMutableBytes(of: &root) { bytes in
            let roots = bytes.bindMemory(to: UInt32.self)
            for (dimension, reference) in set.roots.enumerated() { roots[dimension] = reference }
        }
        self.first = UInt32(first)
        words = UInt8((set.bits.count + 63) / 64)
        fallback = UInt8(set.fallback)
        not_ip = UInt8(set.notIPClass)
    }
}

extension shaper_rule {
    fileprivate init(_ rule: CompiledRule) {
        self.init(
            id: UInt16(rule.rule), traffic_class: UInt8(rule.trafficClass), payload_width: rule.payload?.width ?? 0,
            payload_offset: rule.payload?.offset ?? 0, pad: 0, payload_at_least: rule.payload?.atLeast ?? 0)
    }
}

extension Duration {
    package var nanoseconds: UInt64 {
        UInt64(components.seconds) * 1_000_000_000 + UInt64(components.attoseconds / 1_000_000_000)
    }
}
