import CBPF

/// The queues an interface has now.
package struct KernelQueues: Sendable, Equatable {
    /// nil: the kernel's default, which nobody configured.
    package var root: Root?
    /// Of our root qdisc, in the kernel's order; empty where it is not there.
    package var classes: [HTBClass]
    /// The trees of our mq, by transmit queue; empty where the root is another.
    package var branches: [Int: Branch]

    /// The HTB of a transmit queue.
    package struct Branch: Sendable, Equatable {
        package var defaultMinor: UInt32?
        /// The program of its filter, by the kernel's number; nil: it has no filter of ours.
        package var classifier: UInt32?

        package init(defaultMinor: UInt32?, classifier: UInt32?) {
            self.defaultMinor = defaultMinor
            self.classifier = classifier
        }
    }

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

        package var isOurs: Bool { isTree || isMultiqueue }
        /// One tree of ours for all transmit queues.
        var isTree: Bool { kind == HTB.kind && handle == QueueID.root }
        /// One for each.
        var isMultiqueue: Bool { kind == Multiqueue.kind && handle == QueueID.multiqueue }
    }

    package init(root: Root?, classes: [HTBClass], branches: [Int: Branch] = [:]) {
        self.root = root
        self.classes = classes
        self.branches = branches
    }

    /// Trees from the first to the last there is.
    var treeCount: Int { (branches.keys.max() ?? 0) + 1 }
}

extension Netlink {
    /// The root qdisc of an interface and, where it is ours, all its classes.
    package func readQueues(interface index: UInt32) throws(KernelError) -> KernelQueues {
        var root: KernelQueues.Root?
        var branches: [Int: KernelQueues.Branch] = [:]
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
            } else if kind == HTB.kind, header.tcm_parent & 0xFFFF_0000 == QueueID.multiqueue {
                let tree = Int(header.tcm_parent & 0xFFFF) - 1
                guard tree >= 0, header.tcm_handle == QueueID.tree(tree) else { continue }
                branches[tree] = KernelQueues.Branch(defaultMinor: HTB.defaultMinor(attributes), classifier: nil)
            } else if HTB.isLeaf(kind: kind, handle: header.tcm_handle, parent: header.tcm_parent) {
                queueLimits[header.tcm_parent] = attributes.value(TCA_OPTIONS, as: tc_fifo_qopt.self)?.limit
            }
        }
        guard let root, root.isOurs else { return KernelQueues(root: root, classes: []) }
        for tree in branches.keys where tree > 0 {
            let request = Multiqueue.listClassifiers(tree, interface: index)
            let replies = try query(request, "list", "filters of interface \(index)")
            branches[tree]?.classifier = Multiqueue.classifier(replies, tree: tree)
        }
        let classes = try queueClassReplies(interface: index).compactMap { HTBClass($0, queueLimits: queueLimits) }
        return KernelQueues(root: root, classes: classes, branches: branches)
    }

    /// The kernel's messages about every class of our trees.
    func queueClassReplies(interface index: UInt32) throws(KernelError) -> [NetlinkReply] {
        let request = NetlinkMessage(RTM_GETTCLASS, flags: NLM_F_DUMP, family: HTB.header(interface: index))
        let replies = try query(request, "list", "queue classes of interface \(index)")
        func count(of major: UInt32) -> Int {
            replies.count { $0.family(tcmsg.self).map { $0.tcm_handle & 0xFFFF_0000 } == major }
        }
        // An mq has a class for each transmit queue, and above it there is nothing of ours.
        let trees = QueueID.root..<QueueID.tree(max(count(of: QueueID.multiqueue), 1))
        return replies.filter { $0.family(tcmsg.self).map { trees.contains($0.tcm_handle) } ?? false }
    }
}
