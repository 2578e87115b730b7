import CBPF
import Plan
import Policy

extension NodeKernel {
    /// Everything the changes are made from, read once.
    struct Target {
        var changes = NodeChanges()
        /// nil: the one in force is as wanted.
        var image: PolicyImage?
        var indices: IndexAllocation
        var rates: [UInt32: ExpressRates.Rate]
        /// Slice indices that need an address table, and its buckets.
        var tables: [(slice: Int, buckets: Int)]
        /// In force.
        var generation: UInt32
        var host: HostFacts
        var underlayIndex: UInt32
        var attachments: [Attachment] = []
        /// Those there are.
        var formerAttachments: [Attachment] = []
        /// The queues there are.
        var queues = KernelQueues(root: nil, classes: [])
        /// Parents before their children.
        var wantedQueues: [HTBClass] = []
        /// What they are in.
        var trees = TransmitTrees()
    }

    /// What would change if this were applied. Writes nothing.
    package func changes(to desired: DesiredState, _ options: ApplyOptions = ApplyOptions()) throws(ApplyError)
        -> NodeChanges
    {
        try target(desired, options).changes
    }

    func target(_ desired: DesiredState, _ options: ApplyOptions) throws(ApplyError) -> Target {
        if let pins = folder.ofOtherVersion { throw .otherVersion(pins: pins) }
        let host = try hostFacts(desired)
        var target = try imageTarget(desired, host)

        let device = tunnelDevice(desired)
        if try kernel({ () throws(KernelError) in try !netlink.isAsWanted(device) }) {
            target.changes.tunnel = device.name
        }
        if let pinned {
            if !Programs.areCurrent(pinned.meta) { target.changes.programs = .replace }
        } else {
            target.changes.programs = .load
        }
        try inspectQueues(desired, host, options, &target)
        try inspectState(desired, &target)
        try inspectAttachments(desired, options, &target)
        if pinned != nil, target.image == nil, target.tables.isEmpty {
            seen = SeenImage(target, generation: target.generation, desired: desired)
        }
        return target
    }

    /// The image and its numbers, compared with what is in force.
    private func imageTarget(_ desired: DesiredState, _ host: HostFacts) throws(ApplyError) -> Target {
        let underlayIndex = host.interfaces[desired.underlay.interface]!.index
        let generation = try kernel { () throws(KernelError) in try self.generation() }
        func target(_ indices: IndexAllocation, image: PolicyImage?) -> Target {
            Target(
                image: image, indices: indices, rates: [:], tables: [], generation: generation, host: host,
                underlayIndex: underlayIndex)
        }
        if seen?.generation != generation { seen = nil }
        if let seen, seen.isImage(of: desired, on: host) { return target(seen.indices, image: nil) }
        let active = try kernel { () throws(KernelError) in try activeImage() }
        let indices = try IndexAllocation(desired, interfaces: host.interfaces.mapValues(\.index), after: active)
        let image = PolicyImage(desired, indices, host)
        let differences = active.map { image.differences(from: $0) } ?? ["everything"]
        if differences.isEmpty { return target(indices, image: nil) }
        var outcome = target(indices, image: image)
        outcome.changes.image = differences
        return outcome
    }

    private func inspectQueues(
        _ desired: DesiredState, _ host: HostFacts, _ options: ApplyOptions, _ target: inout Target
    ) throws(ApplyError) {
        let charge = try kernel { () throws(KernelError) in try self.charge() }
        let underlay = host.interfaces[desired.underlay.interface]!
        let queues = try kernel { () throws(KernelError) in try underlay.transmitQueues() }
        target.changes.sharedTree = SharedTree(desired.queues, interface: underlay.name, transmitQueues: queues)
        target.trees.count = target.changes.sharedTree == nil ? queues : 1
        // Programs that are to be replaced are no trees' to come.
        if target.trees.count > 1, pinned != nil, target.changes.programs == nil {
            target.trees.classifier = try kernel { () throws(KernelError) in
                try Programs(pinnedIn: folder.programs)[.treeClass].id
            }
        }
        target.wantedQueues = desired.queues.charged(charge)
            .htbClasses(trees: target.trees.count) { target.indices.queues[$0]! }
        target.queues = try kernel { () throws(KernelError) in
            try netlink.readQueues(interface: target.underlayIndex)
        }
        do throws(QueueConflict) {
            target.changes.queues = try target.queues.changes(
                to: target.wantedQueues, in: target.trees, replaceForeign: options.replaceQdisc)
        } catch {
            throw .queues(error, interface: desired.underlay.interface)
        }
    }

    private func inspectState(_ desired: DesiredState, _ target: inout Target) throws(ApplyError) {
        let wanted = ExpressRates(desired, target.indices)
        let buckets = AddressTable.buckets(macLimit: desired.fabric.macLimit)
        let new = Set(target.indices.newSlices)
        let known = seen?.slices(withTablesOf: desired.fabric.macLimit) ?? []
        if let pinned {
            let slices = target.indices.slices.values
            (target.rates, target.tables) = try kernel {
                () throws(KernelError) -> ([UInt32: ExpressRates.Rate], [(slice: Int, buckets: Int)]) in
                var tables: [(slice: Int, buckets: Int)] = []
                for slice in slices where !known.contains(slice) {
                    if new.contains(slice) {
                        tables.append((slice, buckets))
                    } else if try AddressTable.size(pinned.maps, slice: slice) != buckets {
                        tables.append((slice, buckets))
                    }
                }
                return (try wanted.changed(in: pinned.maps), tables)
            }
        } else {
            target.rates = wanted.rates
            target.tables = target.indices.slices.values.map { ($0, buckets) }
        }
        target.changes.rates = target.rates.count
        target.changes.tables = target.tables.count
    }

    private func inspectAttachments(
        _ desired: DesiredState, _ options: ApplyOptions, _ target: inout Target
    ) throws(ApplyError) {
        let host = target.host
        let wanted = attachments(desired, on: host.interfaces, tunnelIndex: host.tunnelIndex)
        defer {
            // A program in the place of another is no news to a driver.
            target.changes.restarting = target.changes.attach.filter {
                let facts = host.interfaces[$0.interface]
                return $0.program.hook == .xdp && facts?.isHardware == true && facts?.xdpProgram == nil
            }.map(\.interface)
        }
        let attacher = attacher(options)
        target.attachments = wanted
        target.formerAttachments = attacher.pinned()
        guard let pinned, target.changes.programs == nil, TCMechanism(pinned.meta) == attacher.mechanism else {
            target.changes.attach = wanted
            return
        }
        let names = Set(wanted.map(\.pinName))
        target.changes.detach = target.formerAttachments.filter { !names.contains($0.pinName) }
        target.changes.attach = try kernel { () throws(KernelError) -> [Attachment] in
            let programs = try Programs(pinnedIn: folder.programs)
            var missing: [Attachment] = []
            for attachment in wanted {
                // A device that is yet to be made has no index.
                if attachment.index != 0,
                    try attacher.isAttached(attachment, id: programs[attachment.program].id)
                {
                    continue
                }
                missing.append(attachment)
            }
            return missing
        }
    }

    func tunnelDevice(_ desired: DesiredState) -> TunnelDevice {
        TunnelDevice(
            name: tunnelName, udpPort: desired.underlay.port, largestSegment: desired.queues.largestSegment)
    }

    /// The interfaces of the policy as they are; refuses what cannot work.
    private func hostFacts(_ desired: DesiredState) throws(ApplyError) -> HostFacts {
        let all = try kernel { () throws(KernelError) in try netlink.interfaces() }
        let byName = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }
        func find(_ name: String, _ role: String) throws(ApplyError) -> InterfaceFacts {
            guard let facts = byName[name] else { throw .noInterface(name, role: role) }
            guard facts.index < UInt32(Limit.interfaceIndices) else { throw .interfaceIndex(name, facts.index) }
            return facts
        }
        let underlay = try find(desired.underlay.interface, "underlay interface")
        guard underlay.isUp else { throw .interfaceDown(underlay.name, role: "underlay interface") }
        let addresses = try kernel { () throws(KernelError) in try netlink.addresses(interface: underlay.index) }
        guard addresses.contains(desired.underlay.address) else {
            throw .noAddress(desired.underlay.address, interface: underlay.name, has: addresses)
        }
        var interfaces = [underlay.name: underlay]
        let most = underlay.mtu - (desired.underlay.address.isIPv4 ? 50 : 70)
        for slice in desired.slices {
            for port in slice.ports {
                let facts = try find(port.interface, "port of slice \(slice.name),")
                interfaces[port.interface] = facts
                guard facts.mtu <= most else {
                    throw .portMTU(
                        interface: port.interface, mtu: facts.mtu, most: most, underlay: underlay.name,
                        underlayMTU: underlay.mtu)
                }
            }
        }
        try checkXDP(desired, interfaces)
        let transmitters = try kernel { () throws(KernelError) in try xdpTransmitters() }
        return HostFacts(
            tunnelIndex: byName[tunnelName]?.index ?? 0, underlayMTU: underlay.mtu, interfaces: interfaces,
            xdpTransmitters: transmitters.intersection(interfaces.values.map(\.index)))
    }

    /// Refuses XDP where it would put wrong bytes on the wire: on a port whose sender leaves part of its work to a device.
    private func checkXDP(_ desired: DesiredState, _ interfaces: [String: InterfaceFacts]) throws(ApplyError) {
        for port in desired.slices.flatMap(\.ports) where port.xdp {
            let facts = interfaces[port.interface]!
            if facts.isHardware {
                let flags = try kernel { () throws(KernelError) in try Offloads.flags(interface: facts.name) }
                if flags & UInt32(ETH_FLAG_RXVLAN.rawValue) != 0 { throw .xdpTags(interface: facts.name) }
                continue
            }
            let end = try kernel { () throws(KernelError) in try FarEnd(of: facts, netlink) }
            guard let end else { throw .xdpFarEnd(interface: facts.name) }
            if end.leavesWork { throw .xdpOffloads(interface: facts.name, end) }
        }
    }

    /// The kernel's refusals as ours.
    func kernel<T>(_ body: () throws(KernelError) -> T) throws(ApplyError) -> T {
        do throws(KernelError) { return try body() } catch { throw .kernel(error) }
    }
}
