import CBPF

extension Netlink {
    /// Carries out one half of `QueueChanges`, in batches: 64 KiB of changes are one system call.
    ///
    /// - Throws: the first refusal, naming the class. Other changes of the same half may be in force: `restoreQueues`
    ///   takes them back.
    package func write(_ changes: [QueueChange], interface index: UInt32) throws(KernelError) {
        try perform(changes.lazy.map { $0.message(interface: index) }) { place in
            let (operation, subject) = changes[place].purpose
            return Purpose(operation: operation, subject: "\(subject) of interface \(index)")
        }
    }

    /// Makes the queues what they were when `former` was read: after a `prepare` that failed, or one whose policy is
    /// not put in force after all. Someone else's root qdisc that was replaced does not come back; the kernel's
    /// default does.
    package func restoreQueues(_ former: KernelQueues, interface index: UInt32) throws {
        guard let root = former.root, root.isOurs else {
            try unloadQueues(interface: index)
            return
        }
        let changes = try readQueues(interface: index).changes(to: former.classes)
        try write(changes.prepare + changes.retire, interface: index)
    }

    /// Removes our root qdisc and all below it; nobody else's. What waits is lost.
    ///
    /// - Returns: false where there is none.
    @discardableResult
    package func unloadQueues(interface index: UInt32) throws(KernelError) -> Bool {
        guard try readQueues(interface: index).root?.isOurs == true else { return false }
        try perform([HTB.deleteRoot(interface: index)]) { _ in
            Purpose(operation: "remove", subject: "root qdisc \(QueueID.text(QueueID.root)) of interface \(index)")
        }
        return true
    }
}

extension QueueChange {
    func message(interface: UInt32) -> NetlinkMessage {
        switch self {
        case .addRoot(let replacing):
            HTB.addRoot(interface: interface, replacing: replacing)
        case .addClass(let queue):
            HTB.setClass(queue, flags: NLM_F_CREATE | NLM_F_EXCL, interface: interface)
        case .changeClass(let queue):
            HTB.setClass(queue, flags: 0, interface: interface)
        case .addLeaf(let minor, let limit):
            HTB.setLeaf(minor, limit: limit, flags: NLM_F_CREATE | NLM_F_REPLACE, interface: interface)
        case .changeLeaf(let minor, let limit):
            HTB.setLeaf(minor, limit: limit, flags: 0, interface: interface)
        case .deleteClass(let minor):
            HTB.deleteClass(minor, interface: interface)
        }
    }

    fileprivate var purpose: (operation: String, subject: String) {
        func name(_ minor: UInt32) -> String { QueueID.text(QueueID.classID(minor)) }
        return switch self {
        case .addRoot: ("add", "root qdisc \(QueueID.text(QueueID.root))")
        case .addClass(let queue): ("add", "queue class \(name(queue.minor))")
        case .changeClass(let queue): ("change", "queue class \(name(queue.minor))")
        case .addLeaf(let minor, _): ("add", "the queue of class \(name(minor))")
        case .changeLeaf(let minor, _): ("change", "the queue of class \(name(minor))")
        case .deleteClass(let minor): ("remove", "queue class \(name(minor))")
        }
    }
}
