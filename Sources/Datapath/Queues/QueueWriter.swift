import CBPF

extension Netlink {
    /// Carries out one half of `QueueChanges`, in batches: 64 KiB of changes are one system call.
    ///
    /// - Throws: the first refusal, naming the class. Other changes of the same half may be in force: `restoreQueues`
    ///   takes them back.
    package func write(_ changes: [QueueChange], interface index: UInt32) throws(KernelError) {
        let classifier = try Self.classifier(of: changes)
        try perform(changes.lazy.map { $0.message(interface: index, classifier: classifier) }) { place in
            let (operation, subject) = changes[place].purpose
            return Purpose(operation: operation, subject: "\(subject) of interface \(index)")
        }
    }

    /// The program that the changes put into trees; closed, where they put none.
    private static func classifier(of changes: [QueueChange]) throws(KernelError) -> FileDescriptor {
        let programs = changes.compactMap { if case .setClassifier(_, let program) = $0 { program } else { nil } }
        guard let id = programs.first else { return FileDescriptor(-1) }
        let code = bpf_prog_get_fd_by_id(id)
        guard code >= 0 else {
            throw KernelError(operation: "open", subject: "program \(id)", errno: failure(code))
        }
        return FileDescriptor(code)
    }

    /// Makes the queues what they were when `former` was read: after a `prepare` that failed, or one whose policy is
    /// not put in force after all. Someone else's root qdisc that was replaced does not come back; the kernel's
    /// default does.
    ///
    /// - Parameter classifier: the trees' program, if any has one; the former one may be gone.
    package func restoreQueues(
        _ former: KernelQueues, interface index: UInt32, classifier: UInt32? = nil
    ) throws {
        guard let root = former.root, root.isOurs else {
            try unloadQueues(interface: index)
            return
        }
        let trees = TransmitTrees(count: former.treeCount, classifier: classifier)
        let changes = try readQueues(interface: index).changes(to: former.parentsFirst, in: trees)
        try write(changes.prepare + changes.retire, interface: index)
    }

    /// Removes our root qdisc and all below it; nobody else's. What waits is lost.
    ///
    /// - Returns: false where there is none.
    @discardableResult
    package func unloadQueues(interface index: UInt32) throws(KernelError) -> Bool {
        guard let root = try readQueues(interface: index).root, root.isOurs else { return false }
        try write([.deleteRoot(handle: root.handle)], interface: index)
        return true
    }
}

extension QueueChange {
    /// - Parameter classifier: the program of `setClassifier`.
    func message(interface: UInt32, classifier: borrowing FileDescriptor) -> NetlinkMessage {
        switch self {
        case .addRoot(let replacing):
            HTB.addRoot(interface: interface, replacing: replacing)
        case .addMultiqueue(let replacing):
            Multiqueue.addRoot(interface: interface, replacing: replacing)
        case .deleteRoot(let handle):
            NetlinkMessage(
                RTM_DELQDISC, family: HTB.header(interface: interface, handle: handle, parent: TC_H_ROOT))
        case .addTree(let tree):
            HTB.addTree(tree, interface: interface)
        case .setClassifier(let tree, _):
            Multiqueue.setClassifier(tree, program: classifier, interface: interface)
        case .addClass(let queue):
            HTB.setClass(queue, flags: NLM_F_CREATE | NLM_F_EXCL, interface: interface)
        case .changeClass(let queue):
            HTB.setClass(queue, flags: 0, interface: interface)
        case .addLeaf(let minor, let tree, let limit):
            HTB.setLeaf(
                minor, tree: tree, limit: limit, flags: NLM_F_CREATE | NLM_F_REPLACE, interface: interface)
        case .changeLeaf(let minor, let tree, let limit):
            HTB.setLeaf(minor, tree: tree, limit: limit, flags: 0, interface: interface)
        case .deleteClass(let minor, let tree):
            HTB.deleteClass(minor, tree: tree, interface: interface)
        }
    }

    fileprivate var purpose: (operation: String, subject: String) {
        func name(_ minor: UInt32, _ tree: Int) -> String { QueueID.text(QueueID.classID(minor, tree: tree)) }
        return switch self {
        case .addRoot: ("add", "root qdisc \(QueueID.text(QueueID.root))")
        case .addMultiqueue: ("add", "root qdisc \(QueueID.text(QueueID.multiqueue))")
        case .deleteRoot(let handle): ("remove", "root qdisc \(QueueID.text(handle))")
        case .addTree(let tree): ("add", "qdisc \(QueueID.text(QueueID.tree(tree)))")
        case .setClassifier(let tree, _): ("set", "the filter of qdisc \(QueueID.text(QueueID.tree(tree)))")
        case .addClass(let queue): ("add", "queue class \(QueueID.text(queue.id))")
        case .changeClass(let queue): ("change", "queue class \(QueueID.text(queue.id))")
        case .addLeaf(let minor, let tree, _): ("add", "the queue of class \(name(minor, tree))")
        case .changeLeaf(let minor, let tree, _): ("change", "the queue of class \(name(minor, tree))")
        case .deleteClass(let minor, let tree): ("remove", "queue class \(name(minor, tree))")
        }
    }
}
