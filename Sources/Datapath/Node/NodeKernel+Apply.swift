import CBPF
import Glibc
import Plan

extension NodeKernel {
    /// Puts the desired state in force, all of it or nothing.
    ///
    /// Order: device and programs, queues that grow, new ports, the idle slot of the maps, the flip, a look at what came
    /// of it, then what is no longer used goes.
    /// - Returns: what was changed; empty where everything was so already, and then nothing was written.
    @discardableResult
    package func apply(_ desired: DesiredState, _ options: ApplyOptions = ApplyOptions()) throws(ApplyError)
        -> NodeChanges
    {
        let first = try target(desired, options)
        if first.changes.isEmpty {
            try kernel { () throws(KernelError) in try renewHops(desired, peers: first.indices.peers) }
            return first.changes
        }
        let wasLoaded = isLoaded
        do throws(ApplyError) {
            if isHostReady(first.changes, options) {
                try carryOut(desired, first, options)
            } else {
                let former = try kernel { () throws(KernelError) in try formerHost() }
                let second: Target
                do throws(ApplyError) {
                    try prepareHost(desired, options, first.changes)
                    // Now the device has an index, and the maps can be compared.
                    second = try target(desired, options)
                } catch {
                    if let former { putBack(former) }
                    throw error
                }
                try carryOut(desired, second, options, after: former)
            }
        } catch {
            // What was there before goes on; a first apply leaves nothing behind.
            if !wasLoaded { _ = try? unload() }
            throw error
        }
        return first.changes
    }

    private func isHostReady(_ changes: NodeChanges, _ options: ApplyOptions) -> Bool {
        guard let pinned, changes.tunnel == nil, changes.programs == nil else { return false }
        return TCMechanism(pinned.meta) == attacher(options).mechanism
    }

    /// The device and the programs: what the rest refers to.
    private func prepareHost(
        _ desired: DesiredState, _ options: ApplyOptions, _ changes: NodeChanges
    ) throws(ApplyError) {
        let attacher = attacher(options)
        try kernel { () throws(KernelError) in
            try folder.create()
            if changes.tunnel != nil { _ = try netlink.ensureTunnelDevice(tunnelDevice(desired)) }
            if changes.programs != nil {
                let programs = try Programs(loadingWithMapsIn: folder.maps)
                try programs.pin(in: folder.programs)
            }
            if let pinned, TCMechanism(pinned.meta) != attacher.mechanism {
                // Never both at once: a packet would be sent twice.
                let former = self.attacher()
                for attachment in former.pinned() where attachment.program.hook != .xdp { former.detach(attachment) }
            }
            var meta = Programs.meta
            meta.mechanism = attacher.mechanism.raw
            let maps = try Maps(pinnedIn: folder.maps)
            try maps.meta.set(UInt32(0), meta)
            pinned = try Self.open(folder)
        }
    }

    /// - Parameter formerHost: what `prepareHost` has changed, as it was; nil: it had nothing to do, or found nothing.
    private func carryOut(
        _ desired: DesiredState, _ target: Target, _ options: ApplyOptions, after formerHost: FormerHost? = nil
    ) throws(ApplyError) {
        let attacher = attacher(options)
        let former: Former
        do throws(KernelError) { former = try self.former(of: target) } catch {
            if let formerHost { putBack(formerHost) }
            throw .kernel(error)
        }
        do throws(ApplyError) {
            try kernel { () throws(KernelError) in
                try netlink.write(target.changes.queues.prepare, interface: target.underlayIndex)
                try writeState(target)
                // The kernel takes an interface that goes out of the map, and one that comes back may have its number.
                var image = target.image
                if image == nil, !target.changes.attach.isEmpty { image = try activeImage() }
                if let maps = pinned?.maps, let image {
                    try putDevices(maps, image, underlay: target.underlayIndex)
                }
                try renewHops(desired, peers: target.indices.peers)
                // Until the flip a new port's frames are dropped and counted; it led nowhere before.
                if !target.changes.attach.isEmpty {
                    let programs = try Programs(pinnedIn: folder.programs)
                    for attachment in target.changes.attach {
                        try attacher.attach(attachment, programs[attachment.program])
                    }
                }
            }
            if let image = target.image {
                let drops = DropWatch(before: try kernel { () throws(KernelError) in try self.drops() })
                let generation = try flip(to: image)
                let problems = try kernel { () throws(KernelError) in
                    try self.problems(with: generation, target, attacher, drops)
                }
                guard problems.isEmpty else {
                    throw .unsound(problems, generation: generation, former: former.generation)
                }
                seen = SeenImage(target, generation: generation, desired: desired)
            }
        } catch {
            putBack(former, after: target, attacher, formerHost)
            throw error
        }
        try kernel { () throws(KernelError) in
            for attachment in target.changes.detach { attacher.detach(attachment) }
            if !target.changes.queues.retire.isEmpty {
                try drain(target.changes.queues.retire, interface: target.underlayIndex)
                try netlink.write(target.changes.queues.retire, interface: target.underlayIndex)
            }
        }
    }

    /// Rates, and the tables and counters of slices that are new.
    private func writeState(_ target: Target) throws(KernelError) {
        guard let maps = pinned?.maps else { return }
        for (key, rate) in target.rates { try maps.rates.set(key, rate.raw) }
        try AddressTable.install(target.tables, in: maps)
        let cpus = Int(libbpf_num_possible_cpus())
        for slice in target.indices.newSlices {
            try maps.floods.set(UInt32(slice), shaper_flood())
            for trafficClass in 0..<Limit.classes {
                let key = UInt32(slice * Limit.classes + trafficClass)
                try maps.classCounters.clearPerCPU(key, cpus: cpus)
                try maps.buckets.set(key, shaper_bucket())
            }
        }
    }

    /// Fills the idle slot, reads it back, and puts it in force by one word.
    ///
    /// - Returns: the new generation.
    private func flip(to image: PolicyImage) throws(ApplyError) -> UInt32 {
        guard let maps = pinned?.maps else { return 0 }
        let next = try kernel { () throws(KernelError) in try generation() } &+ 1
        // 0 means none; the slot must still be the other one.
        let number = next == 0 ? UInt32(Limit.slots) : next
        let slot = Int(number) % Limit.slots
        let isSound = try kernel { () throws(KernelError) in
            // Packets that began under the slot's former generation must be through.
            try waitForPackets()
            let images = try ImageMaps(pinnedIn: folder.maps)
            try image.write(to: images, slot: slot)
            return try PolicyImage(reading: images, slot: slot) == image
        }
        guard isSound else { throw .readBack(generation: number) }
        try kernel { () throws(KernelError) in
            try maps.control.set(UInt32(0), shaper_control(generation: number, pad: 0))
        }
        return number
    }

    /// Waits until the classes to be removed have sent what they hold, but not for ever: a class may be stuck.
    private func drain(_ retire: [QueueChange], interface: UInt32) throws(KernelError) {
        let minors = retire.compactMap { if case .deleteClass(let minor, _) = $0 { minor } else { nil } }
        for _ in 0..<50 {
            let statistics = try netlink.classStatistics(interface: interface)
            if minors.allSatisfy({ statistics[$0]?.queueLength ?? 0 == 0 }) { return }
            usleep(10_000)
        }
    }

    /// Removes everything this node has in the kernel, and nothing of anybody else.
    ///
    /// - Returns: false where there was nothing.
    @discardableResult
    package func unload() throws(ApplyError) -> Bool {
        let attacher = attacher()
        let attachments = attacher.pinned()
        let isHere = try kernel { () throws(KernelError) in
            guard try self.isHere(attachments, attacher) else { return false }
            for attachment in attachments where attachment.program != .underlayEgress { attacher.detach(attachment) }
            try netlink.removeTunnelDevice(named: tunnelName)
            for attachment in attachments where attachment.program == .underlayEgress {
                if attachment.index != 0 { try netlink.unloadQueues(interface: attachment.index) }
                attacher.detach(attachment)
            }
            return true
        }
        let found = folder.exists
        folder.remove()
        pinned = nil
        return found || isHere
    }

    /// False where the node's network namespace is gone, or is another: then interfaces of the names it knew are
    /// somebody else's, perhaps another node's.
    private func isHere(_ attachments: [Attachment], _ attacher: Attacher) throws(KernelError) -> Bool {
        if try netlink.link(named: tunnelName) != nil { return true }
        guard pinned != nil else { return false }
        let programs = try Programs(pinnedIn: folder.programs)
        for attachment in attachments where attachment.index != 0 {
            if try attacher.isAttached(attachment, id: programs[attachment.program].id) { return true }
        }
        return false
    }
}
