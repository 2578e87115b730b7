import Policy

/// The queues the underlay should have, by role; class ids are given when they are made.
///
/// The model is in ARCHITECTURE.md, "Bandwidth".
package struct QueueTree: Sendable, Equatable {
    /// Parents before their children; the first is the link.
    package var classes: [QueueClass]
    /// The longest super-packet the tunnel device may hand to the queues, in bytes: what the link sends in 100 us,
    /// at least one packet.
    package var largestSegment: Int

    package init(classes: [QueueClass], largestSegment: Int) {
        self.classes = classes
        self.largestSegment = largestSegment
    }
}

/// What a queue is for: its identity across policies.
package enum QueueRole: Sendable, Hashable {
    case link
    case express
    /// The node's own traffic and its tenants' address resolution.
    case own
    /// The subtree of slices without quotas.
    case common
    case commonLeaf(trafficClass: Int)
    case slice(vni: UInt32)
    case sliceLeaf(vni: UInt32, trafficClass: Int)
}

/// One HTB class.
package struct QueueClass: Sendable, Equatable {
    package var role: QueueRole
    /// nil: directly under the root qdisc.
    package var parent: QueueRole?
    /// 0...7; only leaves use it.
    package var priority: Int
    package var rate: BitRate
    package var ceiling: BitRate
    /// Bytes at `rate` and at `ceiling` that may leave at once.
    package var burst: Int
    package var ceilingBurst: Int
    /// Bytes a leaf may send in its turn among leaves of its priority.
    package var quantum: Int
    /// The leaf's queue in bytes (bfifo); nil for inner classes.
    package var queueLimit: Int?

    package init(
        role: QueueRole, parent: QueueRole?, priority: Int = 0, rate: BitRate, ceiling: BitRate,
        burst: Int, ceilingBurst: Int, quantum: Int, queueLimit: Int?
    ) {
        self.role = role
        self.parent = parent
        self.priority = priority
        self.rate = rate
        self.ceiling = ceiling
        self.burst = burst
        self.ceilingBurst = ceilingBurst
        self.quantum = quantum
        self.queueLimit = queueLimit
    }
}
