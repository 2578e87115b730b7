import CBPF

/// What leads from the queues there are to those wanted, in the order to do it.
package struct QueueChanges: Sendable, Equatable {
    /// Before packets are sent to the new queues: what is lowered, then what is new or raised.
    package var prepare: [QueueChange] = []
    /// After packets have stopped being sent to the old ones. What still waits in them is lost, so leave them the
    /// time of their queue to run dry.
    package var retire: [QueueChange] = []

    package var isEmpty: Bool { prepare.isEmpty && retire.isEmpty }
}

package enum QueueChange: Sendable, Equatable {
    /// Over the kernel's default or, with `replacing`, over someone else's qdisc.
    case addRoot(replacing: Bool)
    case addClass(HTBClass)
    /// In place: nothing queued is lost.
    case changeClass(HTBClass)
    /// Gives a leaf its queue. What waits in another qdisc there is lost.
    case addLeaf(minor: UInt32, limit: UInt32)
    case changeLeaf(minor: UInt32, limit: UInt32)
    case deleteClass(minor: UInt32)
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
    /// Guarantees are lowered before others are raised, children before parents, so that the children's never add
    /// up to more than their parent's while they are changed: HTB would send more than the link may carry. (Classes
    /// to retire still count, but have nothing to send once packets go elsewhere.)
    ///
    /// - Parameters:
    ///   - wanted: parents before their children.
    ///   - replaceForeign: someone else's root qdisc may be replaced.
    package func changes(
        to wanted: [HTBClass], replaceForeign: Bool = false
    ) throws(QueueConflict) -> QueueChanges {
        var changes = QueueChanges()
        if let root, root.isOurs {
            guard root.defaultMinor == SHAPER_OWN_MINOR.rawValue else {
                throw .otherDefault(minor: root.defaultMinor)
            }
        } else {
            if let root, !replaceForeign { throw .foreignQdisc(kind: root.kind, handle: root.handle) }
            changes.prepare.append(.addRoot(replacing: root != nil))
        }

        let present = Dictionary(classes.map { ($0.minor, $0) }) { $1 }
        var lowered: [QueueChange] = []
        var raised: [QueueChange] = []
        for queue in wanted {
            if let now = present[queue.minor] {
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
            raised += queue.leafChange(from: present[queue.minor])
        }
        changes.prepare += lowered.reversed() + raised

        let kept = Set(wanted.map(\.minor))
        changes.retire = childrenFirst(classes.filter { !kept.contains($0.minor) }).map {
            .deleteClass(minor: $0.minor)
        }
        return changes
    }

    private func childrenFirst(_ unwanted: [HTBClass]) -> [HTBClass] {
        let parents = Dictionary(unwanted.map { ($0.minor, $0.parentMinor) }) { $1 }
        func depth(_ minor: UInt32) -> Int { parents[minor].map { depth($0) + 1 } ?? 0 }
        return unwanted.map { ($0, depth($0.minor)) }.sorted { ($1.1, $0.0.minor) < ($0.1, $1.0.minor) }.map(\.0)
    }
}

extension HTBClass {
    fileprivate func leafChange(from now: HTBClass?) -> [QueueChange] {
        guard let queueLimit, queueLimit != now?.queueLimit else { return [] }
        return now?.queueLimit == nil
            ? [.addLeaf(minor: minor, limit: queueLimit)] : [.changeLeaf(minor: minor, limit: queueLimit)]
    }
}
