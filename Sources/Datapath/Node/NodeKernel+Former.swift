import CBPF
import Glibc

extension NodeKernel {
    /// What an apply overwrites, read before it begins: the other slot keeps the rest.
    struct Former {
        var generation: UInt32
        var queues: KernelQueues
        var attachments: [Attachment]
        var rates: [UInt32: shaper_rate] = [:]
        /// Slice indices whose address table gets another size, and the buckets it had.
        var tables: [(slice: Int, buckets: Int)] = []
    }

    /// What is changed before the maps can be compared: programs, the tunnel device, and how programs are attached.
    final class FormerHost {
        let programs: Programs
        let meta: shaper_meta
        let attachments: [Attachment]
        /// nil: somebody has removed it.
        let tunnel: (device: TunnelDevice, index: UInt32)?

        init(
            programs: consuming Programs, meta: shaper_meta, attachments: [Attachment],
            tunnel: (device: TunnelDevice, index: UInt32)?
        ) {
            self.programs = programs
            self.meta = meta
            self.attachments = attachments
            self.tunnel = tunnel
        }
    }

    /// nil where nothing of this node is in the kernel.
    func formerHost() throws(KernelError) -> FormerHost? {
        guard let pinned else { return nil }
        return FormerHost(
            programs: try Programs(pinnedIn: folder.programs), meta: pinned.meta, attachments: attacher().pinned(),
            tunnel: try netlink.tunnelDevice(named: tunnelName))
    }

    func former(of target: Target) throws(KernelError) -> Former {
        var former = Former(generation: target.generation, queues: target.queues, attachments: target.formerAttachments)
        guard let maps = pinned?.maps else { return former }
        for key in target.rates.keys { former.rates[key] = try maps.rates.value(key, initially: shaper_rate()) }
        for table in target.tables where !target.indices.newSlices.contains(table.slice) {
            former.tables.append((table.slice, try AddressTable.size(maps, slice: table.slice)))
        }
        return former
    }

    /// Puts everything back as far as the kernel lets it: what it refuses, the next apply sees as a difference.
    func putBack(_ former: Former, after target: Target, _ attacher: Attacher, _ host: FormerHost?) {
        if let maps = pinned?.maps {
            try? maps.control.set(UInt32(0), shaper_control(generation: former.generation, pad: 0))
            for (key, rate) in former.rates { try? maps.rates.set(key, rate) }
            try? AddressTable.install(former.tables, in: maps)
        }
        let kept = Set(former.attachments)
        for attachment in target.changes.attach where !kept.contains(attachment) { attacher.detach(attachment) }
        if let host { putBack(host) }
        var classifier: UInt32?
        if let programs = try? Programs(pinnedIn: folder.programs) {
            classifier = programs[.treeClass].id
            if host == nil {
                for attachment in kept { try? attacher.attach(attachment, programs[attachment.program]) }
            }
        }
        // Queues that go must not be packets' any more.
        try? waitForPackets()
        try? netlink.restoreQueues(former.queues, interface: target.underlayIndex, classifier: classifier)
    }

    /// Puts back what `prepareHost` has changed. Nothing of tc may be attached as it is not to be any more.
    func putBack(_ host: FormerHost) {
        try? host.programs.pin(in: folder.programs)
        // The image in force knows it by its index.
        if let tunnel = host.tunnel { _ = try? netlink.ensureTunnelDevice(tunnel.device, index: tunnel.index) }
        try? pinned?.maps.meta.set(UInt32(0), host.meta)
        if let former = try? Self.open(folder) { pinned = former }
        let attacher = Attacher(folder: folder, mechanism: TCMechanism(host.meta))
        for attachment in host.attachments {
            var present = attachment
            present.index = if_nametoindex(attachment.interface)
            try? attacher.attach(present, host.programs[attachment.program])
        }
    }
}
