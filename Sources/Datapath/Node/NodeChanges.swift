import CBPF

/// What would change in the kernel: the answer of `plan`, and the work of `apply`.
package struct NodeChanges: Sendable {
    package enum ProgramsChange: Sendable, Equatable { case load, replace }

    /// The vxlan device is to be made or changed.
    package var tunnel: String?
    package var programs: ProgramsChange?
    package var queues = QueueChanges()
    /// Why the underlay's transmit queues share one tree; nil: it has one, or each has its own.
    package var sharedTree: SharedTree?
    package var attach: [Attachment] = []
    package var detach: [Attachment] = []
    /// NICs that get their first XDP program by this.
    package var restarting: [String] = []
    /// Parts of the policy image that differ; none: no new generation.
    package var image: [String] = []
    /// Express buckets whose rate changes in place.
    package var rates = 0
    /// Address tables to be made, or made anew with another size.
    package var tables = 0

    package var isEmpty: Bool { descriptions.isEmpty }

    /// What people have to know before a NIC gets an XDP program.
    package static func restart(_ interface: String) -> String {
        "\(interface): for XDP, the driver restarts the interface's queues: its traffic stops for a moment"
    }

    /// One line for each change, for people.
    package var descriptions: [String] {
        var lines: [String] = []
        if let tunnel { lines.append("tunnel device \(tunnel): make or change") }
        switch programs {
        case .load: lines.append("programs: load")
        case .replace: lines.append("programs: replace by this version's")
        case nil: break
        }
        lines += (queues.prepare + queues.retire).map { "queues: \($0)" }
        lines += attach.map { "attach \($0)" }
        lines += restarting.map(Self.restart)
        lines += detach.map { "detach \($0)" }
        if !image.isEmpty { lines.append("new generation: \(image.joined(separator: ", ")) differ") }
        if rates > 0 { lines.append("express rates: \(rates) to change") }
        if tables > 0 { lines.append("address tables: \(tables) to make") }
        return lines
    }
}

extension QueueChange: CustomStringConvertible {
    package var description: String {
        func name(_ minor: UInt32, _ tree: Int) -> String { QueueID.text(QueueID.classID(minor, tree: tree)) }
        func rates(_ queue: HTBClass) -> String {
            "rate \(queue.rate * 8) ceil \(queue.ceiling * 8) bit/s prio \(queue.priority)"
        }
        return switch self {
        case .addRoot(let replacing): replacing ? "replace the root qdisc by ours" : "add the root qdisc"
        case .addMultiqueue(let replacing):
            replacing ? "replace the root qdisc by an mq of ours" : "add an mq as the root qdisc"
        case .deleteRoot(let handle): "remove our root qdisc \(QueueID.text(handle))"
        case .addTree(let tree): "add the tree \(QueueID.text(QueueID.tree(tree))) of transmit queue \(tree)"
        case .setClassifier(let tree, _): "set the filter of the tree \(QueueID.text(QueueID.tree(tree)))"
        case .addClass(let queue):
            "add \(name(queue.minor, queue.tree)) under \(name(queue.parentMinor, queue.tree)), \(rates(queue))"
        case .changeClass(let queue): "change \(name(queue.minor, queue.tree)) to \(rates(queue))"
        case .addLeaf(let minor, let tree, let limit): "give \(name(minor, tree)) a queue of \(limit) bytes"
        case .changeLeaf(let minor, let tree, let limit):
            "change the queue of \(name(minor, tree)) to \(limit) bytes"
        case .deleteClass(let minor, let tree): "remove \(name(minor, tree))"
        }
    }
}

extension PolicyImage {
    /// Names of the parts in which two images differ.
    func differences(from other: PolicyImage) -> [String] {
        var names: [String] = []
        func note(_ differs: Bool, _ name: String) { if differs { names.append(name) } }
        note(settings != other.settings, "settings")
        note(ports != other.ports || portIndex != other.portIndex || trunks != other.trunks, "ports")
        note(slices != other.slices || vnis != other.vnis, "slices")
        note(peers != other.peers || peerIndex != other.peerIndex, "peers")
        note(quotas != other.quotas, "quotas")
        note(statics != other.statics || staticIPs != other.staticIPs, "static addresses")
        note(rulesets != other.rulesets || rules != other.rules || cells != other.cells, "rules")
        return names
    }
}
