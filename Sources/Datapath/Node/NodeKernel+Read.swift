import CBPF
import Plan
import Policy

/// What a class was offered and how it went, since the slice's first apply.
package struct ClassCounters: Sendable, Equatable {
    package var packets: UInt64 = 0
    /// On the wire: outer headers for every segment.
    package var bytes: UInt64 = 0
    package var expressPackets: UInt64 = 0
    package var expressBytes: UInt64 = 0
    package var demotedPackets: UInt64 = 0
    package var demotedBytes: UInt64 = 0

    package init() {}
}

extension NodeKernel {
    /// The number of each slice in force, by VNI.
    package func sliceIndices() throws(KernelError) -> [UInt32: Int] {
        try indices()?.slices ?? [:]
    }

    /// nil: no image is in force.
    private func indices() throws(KernelError) -> IndexAllocation? {
        let generation = try self.generation()
        if let seen, seen.generation == generation { return seen.indices }
        guard let image = try activeImage() else { return nil }
        return IndexAllocation(of: image)
    }

    /// By slice index and class index.
    package func classCounters(slices: [Int], classes: Int) throws(KernelError) -> [Int: [ClassCounters]] {
        guard let maps = pinned?.maps else { return [:] }
        let cpus = Int(libbpf_num_possible_cpus())
        var counters: [Int: [ClassCounters]] = [:]
        for slice in slices {
            for trafficClass in 0..<classes {
                let key = UInt32(slice * Limit.classes + trafficClass)
                let each = try maps.classCounters.perCPU(key, cpus: cpus, initially: shaper_class_counters())
                counters[slice, default: []].append(each.reduce(into: ClassCounters()) { $0.add($1) })
            }
        }
        return counters
    }

    /// In the order of `CounterNames.drops`.
    package func drops() throws(KernelError) -> [UInt64] {
        guard let maps = pinned?.maps else { return [] }
        return try sums(maps.drops, count: Int(SHAPER_DROP_REASONS.rawValue))
    }

    /// In the order of `CounterNames.events`.
    package func events() throws(KernelError) -> [UInt64] {
        guard let maps = pinned?.maps else { return [] }
        return try sums(maps.events, count: Int(SHAPER_EVENT_KINDS.rawValue))
    }

    private func sums(_ map: BPFMap, count: Int) throws(KernelError) -> [UInt64] {
        let cpus = Int(libbpf_num_possible_cpus())
        var sums: [UInt64] = []
        for key in 0..<UInt32(count) {
            sums.append(try map.perCPU(key, cpus: cpus, initially: UInt64(0)).reduce(0, &+))
        }
        return sums
    }

    /// What the queues sent and dropped, by role.
    package func queueStatistics(
        _ tree: QueueTree, underlay: String
    ) throws(KernelError) -> [QueueRole: QueueStatistics] {
        let index = try netlink.interface(named: underlay).index
        return try byRole(tree, try netlink.classStatistics(interface: index))
    }

    /// What the queues are guaranteed and may use at most, in the kernel, by role; what is not there is left out.
    package func queueRates(
        _ tree: QueueTree, underlay: String
    ) throws(KernelError) -> [QueueRole: (guarantee: BitRate, ceiling: BitRate)] {
        let index = try netlink.interface(named: underlay).index
        let classes = try netlink.readQueues(interface: index).classes.map { queue in
            let guarantee = BitRate(bitsPerSecond: queue.rate * 8), ceiling = BitRate(bitsPerSecond: queue.ceiling * 8)
            return (queue.minor, (guarantee: guarantee, ceiling: ceiling))
        }
        let all = Dictionary(classes) { one, other in
            (guarantee: one.guarantee + other.guarantee, ceiling: one.ceiling + other.ceiling)
        }
        // Express has all it may have in each tree.
        let whole = Dictionary(classes.filter { $0.0 == SHAPER_EXPRESS_MINOR.rawValue }) { first, _ in first }
        return try byRole(tree, all.merging(whole) { _, whole in whole })
    }

    private func byRole<Value>(_ tree: QueueTree, _ byMinor: [UInt32: Value]) throws(KernelError) -> [QueueRole: Value]
    {
        let indices = try indices()?.queues ?? [:]
        var byRole: [QueueRole: Value] = [:]
        for queue in tree.classes {
            if let vni = queue.role.vni, indices[vni] == nil { continue }
            byRole[queue.role] = byMinor[queue.role.minor { indices[$0]! }]
        }
        return byRole
    }

    /// What each policer lets pass, in the kernel, in the order given; nil where it is not there.
    package func rates(of buckets: [ExpressBucket]) throws(KernelError) -> [BitRate?] {
        guard let maps = pinned?.maps else { return buckets.map { _ in nil } }
        let slices = try sliceIndices()
        let now = monotonicNanoseconds()
        var rates: [BitRate?] = []
        for bucket in buckets {
            if let vni = bucket.vni, slices[vni] == nil {
                rates.append(nil)
                continue
            }
            let slice = bucket.vni.flatMap { slices[$0] }
            let key = bucketKey(slice: slice, trafficClass: bucket.trafficClass)
            rates.append(
                try maps.rates.value(key, initially: shaper_rate()).flatMap {
                    ExpressRates.Rate($0).rate(at: now)
                })
        }
        return rates
    }

    /// Where a slice's address is, as the fabric has learned or been told.
    package enum Place: Sendable, Equatable {
        case port(interface: String, vlan: UInt16?)
        case peer(IPAddress)
    }

    package struct KnownAddress: Sendable, Equatable {
        package var mac: MACAddress
        package var place: Place
        /// nil: configured.
        package var age: Duration?
    }

    /// Every address of a slice that is known and not aged.
    package func addresses(vni: UInt32) throws(KernelError) -> [KnownAddress] {
        try addresses(vnis: [vni])[vni] ?? []
    }

    /// Every address of some slices that is known and not aged, sorted; slices that are not in force are left out.
    package func addresses(vnis: [UInt32]) throws(KernelError) -> [UInt32: [KnownAddress]] {
        guard let maps = pinned?.maps, let image = try activeImage() else { return [:] }
        let slices = IndexAllocation(of: image).slices
        let interfaces = Dictionary(try netlink.interfaces().map { ($0.index, $0.name) }) { first, _ in first }
        func place(_ raw: UInt32) -> Place {
            if raw & UInt32(SHAPER_PLACE_PEER) != 0 {
                let peer = image.peers[Int(raw & ~UInt32(SHAPER_PLACE_PEER)) % Limit.peers]
                return .peer(IPAddress(bytes: withUnsafeBytes(of: peer.address) { Array($0) }))
            }
            let port = image.ports[Int(raw) % Limit.ports]
            return .port(
                interface: interfaces[port.ifindex] ?? "interface \(port.ifindex)",
                vlan: port.vlan == 0 ? nil : port.vlan)
        }

        let now = monotonicNanoseconds()
        let ageing = image.settings[0].ageing_ns
        var known: [UInt32: [KnownAddress]] = [:]
        for vni in vnis {
            guard let slice = slices[vni] else { continue }
            known[vni] = try AddressTable.entries(maps, slice: slice).compactMap { entry in
                let age = now > entry.seen ? now - entry.seen : 0
                guard age < ageing else { return nil }
                return KnownAddress(mac: entry.mac, place: place(entry.place), age: .nanoseconds(Int64(age)))
            }
        }
        image.statics.forEach { key, value in
            known[key.vni]?.append(KnownAddress(mac: MACAddress(value: key.mac), place: place(value), age: nil))
        }
        return known.mapValues { $0.sorted { $0.mac.value < $1.mac.value } }
    }

    /// How many addresses a slice has learned and not forgotten, by VNI.
    package func learnedAddresses(ageing: Duration) throws(KernelError) -> [UInt32: Int] {
        guard let maps = pinned?.maps else { return [:] }
        let (now, longest) = (monotonicNanoseconds(), ageing.nanoseconds)
        var counts: [UInt32: Int] = [:]
        for (vni, slice) in try sliceIndices() {
            counts[vni] = try AddressTable.entries(maps, slice: slice).count { now < $0.seen + longest }
        }
        return counts
    }

    /// The MAC address that said it has this IP address.
    package func neighbour(_ address: IPAddress, vni: UInt32) throws(KernelError) -> MACAddress? {
        guard let maps = pinned?.maps else { return nil }
        var key = shaper_neighbour_key()
        withUnsafeMutableBytes(of: &key.address) { $0.copyBytes(from: address.bytes) }
        key.vni = vni
        return try maps.neighbours.value(key, initially: shaper_neighbour()).map { MACAddress(value: $0.mac) }
    }
}

extension ClassCounters {
    fileprivate mutating func add(_ raw: shaper_class_counters) {
        packets &+= raw.packets
        bytes &+= raw.bytes
        expressPackets &+= raw.express_packets
        expressBytes &+= raw.express_bytes
        demotedPackets &+= raw.demoted_packets
        demotedBytes &+= raw.demoted_bytes
    }
}
