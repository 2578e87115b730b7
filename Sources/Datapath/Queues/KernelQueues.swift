import CBPF

/// The queues an interface has now.
package struct KernelQueues: Sendable, Equatable {
    /// nil: the kernel's default, which nobody configured.
    package var root: Root?
    /// Of our root qdisc, in the kernel's order; empty where it is not there.
    package var classes: [HTBClass]

    package struct Root: Sendable, Equatable {
        package var kind: String
        package var handle: UInt32
        /// The class of packets that name none; HTB's only.
        package var defaultMinor: UInt32?

        package init(kind: String, handle: UInt32, defaultMinor: UInt32?) {
            self.kind = kind
            self.handle = handle
            self.defaultMinor = defaultMinor
        }

        package var isOurs: Bool { kind == HTB.kind && handle == QueueID.root }
    }

    package init(root: Root?, classes: [HTBClass]) {
        self.root = root
        self.classes = classes
    }
}

extension Netlink {
    /// The root qdisc of an interface and, where it is ours, all its classes.
    package func readQueues(interface index: UInt32) throws(KernelError) -> KernelQueues {
        var root: KernelQueues.Root?
        var queueLimits: [UInt32: UInt32] = [:]
        // The kernel lists the qdiscs of all interfaces, whatever is asked for.
        let request = NetlinkMessage(RTM_GETQDISC, flags: NLM_F_DUMP, family: HTB.header(interface: index))
        for reply in try query(request, "list", "queues of interface \(index)") {
            guard let header = reply.family(tcmsg.self), UInt32(bitPattern: header.tcm_ifindex) == index else {
                continue
            }
            let attributes = reply.attributes(after: tcmsg.self)
            let kind = attributes.text(TCA_KIND) ?? ""
            if header.tcm_parent == TC_H_ROOT {
                if header.tcm_handle != 0 {
                    root = KernelQueues.Root(
                        kind: kind, handle: header.tcm_handle, defaultMinor: HTB.defaultMinor(attributes))
                }
            } else if kind == HTB.leafKind, header.tcm_handle == HTB.leafHandle(header.tcm_parent & 0xFFFF) {
                queueLimits[header.tcm_parent] = attributes.value(TCA_OPTIONS, as: tc_fifo_qopt.self)?.limit
            }
        }
        guard let root, root.isOurs else { return KernelQueues(root: root, classes: []) }
        let classes = try queueClassReplies(interface: index).compactMap { HTBClass($0, queueLimits: queueLimits) }
        return KernelQueues(root: root, classes: classes)
    }

    /// The kernel's messages about every class of our root qdisc.
    func queueClassReplies(interface index: UInt32) throws(KernelError) -> [NetlinkReply] {
        let request = NetlinkMessage(
            RTM_GETTCLASS, flags: NLM_F_DUMP, family: HTB.header(interface: index, parent: QueueID.root))
        return try query(request, "list", "queue classes of interface \(index)").filter {
            $0.family(tcmsg.self).map { $0.tcm_handle & 0xFFFF_0000 } == QueueID.root
        }
    }
}
