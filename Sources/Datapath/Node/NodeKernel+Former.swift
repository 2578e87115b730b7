import CBPF

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
    func putBack(_ former: Former, after target: Target, _ attacher: Attacher) {
        if let maps = pinned?.maps {
            try? maps.control.set(UInt32(0), shaper_control(generation: former.generation, pad: 0))
            for (key, rate) in former.rates { try? maps.rates.set(key, rate) }
            try? AddressTable.install(former.tables, in: maps)
        }
        let kept = Set(former.attachments)
        for attachment in target.changes.attach where !kept.contains(attachment) { attacher.detach(attachment) }
        var classifier: UInt32?
        if let programs = try? Programs(pinnedIn: folder.programs) {
            classifier = programs[.treeClass].id
            for attachment in kept { try? attacher.attach(attachment, programs[attachment.program]) }
        }
        // Queues that go must not be packets' any more.
        try? waitForPackets()
        try? netlink.restoreQueues(former.queues, interface: target.underlayIndex, classifier: classifier)
    }
}
