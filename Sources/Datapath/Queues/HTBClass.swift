import CBPF
import Plan
import Policy

/// An HTB class in the kernel's units, so that what is read back equals what was written, bit for bit.
package struct HTBClass: Sendable, Equatable {
    /// The transmit queue whose tree it is in; 0 where there is one tree for all.
    package var tree: Int
    package var minor: UInt32
    /// 0: directly under the root qdisc.
    package var parentMinor: UInt32
    /// 0 is served first. Only a leaf's counts.
    package var priority: UInt32
    /// Bytes a second.
    package var rate: UInt64
    package var ceiling: UInt64
    /// How long `rate` and `ceiling` take to send what may leave at once, in ticks of 64 ns.
    package var burst: UInt32
    package var ceilingBurst: UInt32
    /// Bytes in its turn among leaves of its priority. Only a leaf's counts.
    package var quantum: UInt32
    /// Bytes of the leaf's bfifo. nil: an inner class, or, read from the kernel, also a leaf whose queue is not ours.
    package var queueLimit: UInt32?

    package init(
        minor: UInt32, parentMinor: UInt32, priority: UInt32, rate: UInt64, ceiling: UInt64, burst: UInt32,
        ceilingBurst: UInt32, quantum: UInt32, queueLimit: UInt32?, tree: Int = 0
    ) {
        self.tree = tree
        self.minor = minor
        self.parentMinor = parentMinor
        self.priority = priority
        self.rate = rate
        self.ceiling = ceiling
        self.burst = burst
        self.ceilingBurst = ceilingBurst
        self.quantum = quantum
        self.queueLimit = queueLimit
    }

    package var id: UInt32 { QueueID.classID(minor, tree: tree) }

    /// The class's parameters are the same as the other's. The kernel ignores priority and quantum of an inner
    /// class, and keeps those it was made with.
    func hasParameters(of other: HTBClass) -> Bool {
        rate == other.rate && ceiling == other.ceiling && burst == other.burst && ceilingBurst == other.ceilingBurst
            && (queueLimit == nil || (priority == other.priority && quantum == other.quantum))
    }
}

extension QueueTree {
    /// The tree with the kernel's ids and units; parents stay before their children.
    ///
    /// - Parameters:
    ///   - trees: as many of them, one after the other, each with its share.
    ///   - queueIndex: of each slice in the tree, by its VNI.
    package func htbClasses(trees: Int = 1, queueIndex: (UInt32) -> Int) -> [HTBClass] {
        let share = divided(by: trees)
        return (0..<trees).flatMap { share.htbClasses(tree: $0, queueIndex: queueIndex) }
    }

    private func htbClasses(tree: Int, queueIndex: (UInt32) -> Int) -> [HTBClass] {
        classes.map { queue in
            let rate = queue.rate.wholeBytes
            let ceiling = queue.ceiling.wholeBytes
            return HTBClass(
                minor: queue.role.minor(queueIndex: queueIndex),
                parentMinor: queue.parent?.minor(queueIndex: queueIndex) ?? 0,
                priority: UInt32(clamping: queue.priority),
                rate: rate, ceiling: ceiling,
                burst: schedulerTicks(bytes: queue.burst, rate: rate),
                ceilingBurst: schedulerTicks(bytes: queue.ceilingBurst, rate: ceiling),
                // 0 would have the kernel choose one, and complain about it.
                quantum: max(UInt32(clamping: queue.quantum), 1),
                queueLimit: queue.queueLimit.map { UInt32(clamping: $0) }, tree: tree)
        }
    }
}

extension BitRate {
    /// Bytes a second, rounded down so that children never add up to more than their parent; the kernel refuses 0.
    fileprivate var wholeBytes: UInt64 { max(bitsPerSecond / 8, 1) }
}

/// How long `bytes` take at `rate` bytes a second, in the packet scheduler's ticks of 64 ns (`PSCHED_SHIFT` of the
/// kernel's `net/pkt_sched.h`), rounded up; at most the 274 s that a tick count holds.
func schedulerTicks(bytes: Int, rate: UInt64) -> UInt32 {
    let ticksPerSecond: UInt64 = 1_000_000_000 / 64
    let (product, overflow) = UInt64(clamping: bytes).multipliedReportingOverflow(by: ticksPerSecond)
    guard !overflow, rate > 0 else { return .max }
    let (ticks, rest) = product.quotientAndRemainder(dividingBy: rate)
    return UInt32(clamping: rest == 0 ? ticks : ticks + 1)
}
