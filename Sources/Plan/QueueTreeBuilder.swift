import Policy

extension QueueTree {
    /// The queues of a policy.
    package init(_ policy: Policy) {
        let bandwidth = Bandwidth(policy)
        self.init(policy, bandwidth, buckets: ExpressBucket.all(policy, bandwidth))
    }

    /// The queues of a policy whose rates are worked out.
    init(_ policy: Policy, _ bandwidth: Bandwidth, buckets: [ExpressBucket]) {
        let sizes = QueueSizes(bandwidth)
        let builder = Builder(classes: policy.classes, link: bandwidth.link, sizes: sizes)
        var classes = [builder.link]
        if let express = bandwidth.express { classes.append(builder.express(rate: express, buckets: buckets)) }
        classes.append(builder.own(rate: bandwidth.own))
        if let common = bandwidth.common {
            classes += builder.subtree(.common, common) { .commonLeaf(trafficClass: $0) }
        }
        for slice in policy.slices {
            guard let rates = bandwidth.slices[slice.vni], slice.hasQuota else { continue }
            classes += builder.subtree(.slice(vni: slice.vni), rates) {
                .sliceLeaf(vni: slice.vni, trafficClass: $0)
            }
        }
        self.init(classes: classes, largestSegment: sizes.largestSegment)
    }
}

private struct Builder {
    let link: QueueClass
    private let classes: [Policy.TrafficClass]
    private let sizes: QueueSizes

    /// The queue of a leaf that no traffic class gives a time for.
    private static let queue = Duration.milliseconds(50)
    /// HTB clamps silently what is above.
    private static let lastPriority = 7

    init(classes: [Policy.TrafficClass], link rate: BitRate, sizes: QueueSizes) {
        self.classes = classes
        self.sizes = sizes
        link = QueueClass(
            role: .link, parent: nil, rate: rate, ceiling: rate, burst: sizes.burst(rate),
            ceilingBurst: sizes.burst(rate), quantum: sizes.largestSegment, queueLimit: nil)
    }

    /// First of all while it is inside its rate, and it always is: its ceiling is its rate, the buckets together are
    /// below it, and its burst covers theirs, so what they let pass never waits here.
    func express(rate: BitRate, buckets: [ExpressBucket]) -> QueueClass {
        let burst = max(
            buckets.reduce(0) { $0 + $1.burst }, rate.bytes(in: .milliseconds(1)), sizes.burst(rate))
        return QueueClass(
            role: .express, parent: .link, rate: rate, ceiling: rate, burst: burst, ceilingBurst: burst,
            quantum: sizes.largestSegment, queueLimit: sizes.queueLimit(rate, Self.queue))
    }

    /// Last among those who borrow: its guarantee comes before anyone's excess at any priority, which is all that
    /// address resolution and control need, and a backup job of the node must not outrank its tenants.
    func own(rate: BitRate) -> QueueClass {
        QueueClass(
            role: .own, parent: .link, priority: Self.lastPriority, rate: rate, ceiling: link.ceiling,
            burst: sizes.burst(rate), ceilingBurst: sizes.burst(link.ceiling), quantum: sizes.largestSegment,
            queueLimit: sizes.queueLimit(rate, Self.queue))
    }

    /// A slice, or all slices without quotas, with one leaf per class.
    func subtree(_ role: QueueRole, _ slice: SliceBandwidth, leaf: (Int) -> QueueRole) -> [QueueClass] {
        let quantum = sizes.quantum(slice.guarantee)
        func queueClass(
            _ role: QueueRole, parent: QueueRole, priority: Int, rate: BitRate, ceiling: BitRate, queueLimit: Int?
        ) -> QueueClass {
            QueueClass(
                role: role, parent: parent, priority: priority, rate: rate, ceiling: ceiling,
                burst: sizes.burst(rate), ceilingBurst: sizes.burst(ceiling), quantum: quantum, queueLimit: queueLimit)
        }

        let inner = queueClass(
            role, parent: .link, priority: 0, rate: slice.guarantee, ceiling: slice.ceiling, queueLimit: nil)
        return [inner]
            + zip(classes, slice.classes).enumerated().map { index, pair in
                let (trafficClass, rates) = pair
                return queueClass(
                    leaf(index), parent: role, priority: priority(ofClass: index), rate: rates.guarantee,
                    ceiling: rates.ceiling, queueLimit: sizes.queueLimit(rates.ceiling, trafficClass.queue))
            }
    }

    /// Queued classes in their order from 1. The leaf for what an express class demotes has the priority of the
    /// queued class that follows it.
    ///
    /// HTB compares priorities among all who borrow from the link: beyond the slices' guarantees, a slice's first
    /// class goes before another slice's second.
    private func priority(ofClass index: Int) -> Int {
        min(classes[..<index].count { $0.lane == .queue } + 1, Self.lastPriority)
    }
}
