import CBPF

/// What leads from the queues there are to those wanted, in the order to do it.
package struct QueueChanges: Sendable, Equatable {
    /// Before packets are sent to the new queues: what is lowered, then what is new or raised.
    package var prepare: [QueueChange] = []
    /// After packets have stopped being sent to the old ones. What still waits in them is lost, so leave them the
    /// time of their queue to run dry.
    package var retire: [QueueChange] = []

    package var isEmpty: Bool { prepare.isEmpty && retire.isEmpty }

    /// What makes classes the wanted ones; those that are not wanted stay.
    ///
    /// Guarantees are lowered before others are raised, children before parents, so that the children's never add
    /// up to more than their parent's while they are changed: HTB would send more than the link may carry. (Classes
    /// to retire still count, but have nothing to send once packets go elsewhere.)
    ///
    /// - Parameter wanted: parents before their children.
    static func ofClasses(
        from present: [HTBClass], to wanted: [HTBClass]
    ) throws(QueueConflict) -> [QueueChange] {
        // What a state was made from stands in the state's order; what the kernel lists does not.
        let isInOrder = present.count == wanted.count && zip(present, wanted).allSatisfy { $0.id == $1.id }
        let byID = isInOrder ? [:] : Dictionary(present.map { ($0.id, $0) }) { $1 }
        var lowered: [QueueChange] = []
        var raised: [QueueChange] = []
        for (place, queue) in wanted.enumerated() {
            let now = isInOrder ? present[place] : byID[queue.id]
            if let now {
                guard now.parentMinor == queue.parentMinor else { throw .otherParent(minor: queue.minor) }
                if !queue.hasParameters(of: now) {
                    if queue.rate < now.rate {
                        lowered.append(.changeClass(queue))
                    } else {
                        raised.append(.changeClass(queue))
                    }
                }
            } else {
                raised.append(.addClass(queue))
            }
            if let change = queue.leafChange(from: now) { raised.append(change) }
        }
        return lowered.reversed() + raised
    }
}

package enum QueueChange: Sendable, Equatable {
    /// Over the kernel's default or, with `replacing`, over someone else's qdisc.
    case addRoot(replacing: Bool)
    /// The same, an mq for a tree for each transmit queue.
    case addMultiqueue(replacing: Bool)
    /// A root qdisc of ours. What waits is lost.
    case deleteRoot(handle: UInt32)
    case addTree(Int)
    /// 0: a program that is not loaded yet.
    case setClassifier(tree: Int, program: UInt32)
    case addClass(HTBClass)
    /// In place: nothing queued is lost.
    case changeClass(HTBClass)
    /// Gives a leaf its queue. What waits in another qdisc there is lost.
    case addLeaf(minor: UInt32, tree: Int = 0, limit: UInt32)
    case changeLeaf(minor: UInt32, tree: Int = 0, limit: UInt32)
    case deleteClass(minor: UInt32, tree: Int = 0)

    /// About what a leaf may hold, and not about its rates.
    var isOfLeaf: Bool {
        switch self {
        case .addLeaf, .changeLeaf: true
        default: false
        }
    }
}

/// Queues that are in the way of ours.
package enum QueueConflict: Error, Equatable, CustomStringConvertible {
    /// Someone else's root qdisc.
    case foreignQdisc(kind: String, handle: UInt32)
    /// The root qdisc is ours but does not put unknown packets where we want them, which cannot be changed.
    case otherDefault(minor: UInt32?)
    /// A class has another parent than the one wanted, which cannot be changed.
    case otherParent(minor: UInt32)

    package var description: String {
        switch self {
        case .foreignQdisc(let kind, let handle):
            "the interface has a root qdisc that is not the shaper's: \(kind) \(QueueID.text(handle))"
        case .otherDefault(let minor):
            "the root qdisc has the default class \(minor.map { String($0, radix: 16) } ?? "none"): "
                + "another version made it, or somebody's hand"
        case .otherParent(let minor):
            "queue class \(QueueID.text(QueueID.classID(minor))) is under another parent: "
                + "another version made it, or somebody's hand"
        }
    }
}

extension KernelQueues {
    /// What makes these queues the wanted ones. Nothing where they are.
    ///
    /// - Parameters:
    ///   - wanted: parents before their children.
    ///   - trees: those the wanted classes are in.
    ///   - replaceForeign: someone else's root qdisc may be replaced.
    package func changes(
        to wanted: [HTBClass], in trees: TransmitTrees = TransmitTrees(), replaceForeign: Bool = false
    ) throws(QueueConflict) -> QueueChanges {
        if let root, root.isOurs, !canHold(trees) {
            // Trees cannot be moved.
            var changes = try KernelQueues(root: nil, classes: []).changes(to: wanted, in: trees)
            changes.prepare.insert(.deleteRoot(handle: root.handle), at: 0)
            return changes
        }
        var changes = QueueChanges()
        changes.prepare = try rootChanges(to: trees, replaceForeign: replaceForeign)

        changes.prepare += try QueueChanges.ofClasses(from: classes, to: wanted)

        let kept = Set(wanted.map(\.id))
        changes.retire = childrenFirst(classes.filter { !kept.contains($0.id) }).map {
            .deleteClass(minor: $0.minor, tree: $0.tree)
        }
        return changes
    }

    /// False where there are trees of transmit queues that are used no more, or another kind of root is needed.
    private func canHold(_ trees: TransmitTrees) -> Bool {
        trees.count == 1 ? root?.isTree == true : root?.isMultiqueue == true && treeCount <= trees.count
    }

    /// The root qdisc, the trees' under it, and their filters.
    private func rootChanges(
        to trees: TransmitTrees, replaceForeign: Bool
    ) throws(QueueConflict) -> [QueueChange] {
        var changes: [QueueChange] = []
        if let root, root.isOurs {
            if root.isTree { try Self.check(root.defaultMinor) }
        } else {
            if let root, !replaceForeign { throw .foreignQdisc(kind: root.kind, handle: root.handle) }
            let replacing = root != nil
            changes.append(trees.count == 1 ? .addRoot(replacing: replacing) : .addMultiqueue(replacing: replacing))
        }
        guard trees.count > 1 else { return changes }
        for tree in 0..<trees.count {
            if let branch = branches[tree] {
                try Self.check(branch.defaultMinor)
            } else {
                changes.append(.addTree(tree))
            }
        }
        for tree in trees.filtered {
            let present = branches[tree]?.classifier
            if present == nil || present != trees.classifier {
                changes.append(.setClassifier(tree: tree, program: trees.classifier ?? 0))
            }
        }
        return changes
    }

    private static func check(_ defaultMinor: UInt32?) throws(QueueConflict) {
        guard defaultMinor == SHAPER_OWN_MINOR.rawValue else { throw .otherDefault(minor: defaultMinor) }
    }

    /// As `changes` wants them.
    var parentsFirst: [HTBClass] { childrenFirst(classes).reversed() }

    private func childrenFirst(_ unwanted: [HTBClass]) -> [HTBClass] {
        let parents = Dictionary(unwanted.map { ($0.id, QueueID.classID($0.parentMinor, tree: $0.tree)) }) { $1 }
        func depth(_ id: UInt32) -> Int { parents[id].map { depth($0) + 1 } ?? 0 }
        return unwanted.map { ($0, depth($0.id)) }.sorted { ($1.1, $0.0.id) < ($0.1, $1.0.id) }.map(\.0)
    }
}

extension HTBClass {
    fileprivate func leafChange(from now: HTBClass?) -> QueueChange? {
        guard let queueLimit, queueLimit != now?.queueLimit else { return nil }
        return now?.queueLimit == nil
            ? .addLeaf(minor: minor, tree: tree, limit: queueLimit)
            : .changeLeaf(minor: minor, tree: tree, limit: queueLimit)
    }
}
