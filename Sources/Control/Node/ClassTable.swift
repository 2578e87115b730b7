import Datapath
import Plan
import Policy

/// What `class list` shows: each slice's classes with what the kernel guarantees them and what became of their
/// packets, then the queues that are nobody's alone.
package struct ClassTable: Encodable, Sendable {
    package var node: String
    package var generation: UInt32
    package var classes: [Row]
    package var sharedQueues: [SharedQueue]
    package var overrides: [OverrideFacts]

    /// Packets and bytes on the wire, outer headers of every segment included.
    package struct Traffic: Encodable, Sendable, Equatable {
        package var packets: UInt64
        package var bytes: UInt64
    }

    /// A class of a slice. What was offered either went express or to a queue, which sent it, dropped it or still
    /// has it.
    package struct Row: Encodable, Sendable {
        package var slice: String
        package var `class`: String
        package var lane: String
        /// nil: the class shares its queue with that of other slices, under `shared_queues`.
        package var queue: Queue?
        /// Of an express class: what its policer lets pass, in the kernel; the slice's own or, where it has no quotas,
        /// one for all such slices together.
        package var bucketBitsPerSecond: UInt64?
        /// Not the file's figure, but an operator's, a schedule's or the market's.
        package var guaranteeOverridden: Bool
        package var ceilingOverridden: Bool
        package var offered: Traffic
        package var express: Traffic
        package var demoted: Traffic
    }

    /// An HTB leaf. nil figures: it is missing from the kernel.
    package struct Queue: Encodable, Sendable, Equatable {
        package var guaranteeBitsPerSecond: UInt64?
        package var ceilingBitsPerSecond: UInt64?
        package var sent: Traffic?
        package var droppedPackets: UInt32?
        package var backlogPackets: UInt32?
        package var backlogBytes: UInt32?
    }

    package struct SharedQueue: Encodable, Sendable {
        package enum Kind: String, Encodable, Sendable {
            /// Ahead of all others, for every express class.
            case express
            /// The node's own traffic and its tenants' address resolution.
            case own
            /// One class of all slices without quotas.
            case common
        }

        package var kind: Kind
        /// nil unless it is one class's.
        package var `class`: String?
        package var queue: Queue
        package var guaranteeOverridden: Bool
        package var ceilingOverridden: Bool
    }
}

/// What was read of the kernel for a class table.
package struct ClassReadings: Sendable {
    /// By VNI; one for each class.
    package var counters: [UInt32: [ClassCounters]]
    package var rates: [QueueRole: (guarantee: BitRate, ceiling: BitRate)]
    package var statistics: [QueueRole: QueueStatistics]
    /// By VNI (nil: shared) and class index.
    package var buckets: [BucketKey: BitRate]

    package struct BucketKey: Hashable, Sendable {
        package var vni: UInt32?
        package var trafficClass: Int

        package init(vni: UInt32?, trafficClass: Int) {
            self.vni = vni
            self.trafficClass = trafficClass
        }
    }

    package init(
        counters: [UInt32: [ClassCounters]], rates: [QueueRole: (guarantee: BitRate, ceiling: BitRate)],
        statistics: [QueueRole: QueueStatistics], buckets: [BucketKey: BitRate]
    ) {
        self.counters = counters
        self.rates = rates
        self.statistics = statistics
        self.buckets = buckets
    }

    fileprivate func queue(_ role: QueueRole) -> ClassTable.Queue {
        let statistics = statistics[role]
        return ClassTable.Queue(
            guaranteeBitsPerSecond: rates[role]?.guarantee.bitsPerSecond,
            ceilingBitsPerSecond: rates[role]?.ceiling.bitsPerSecond,
            sent: statistics.map { ClassTable.Traffic(packets: $0.sentPackets, bytes: $0.sentBytes) },
            droppedPackets: statistics?.dropped, backlogPackets: statistics?.queueLength,
            backlogBytes: statistics?.backlogBytes)
    }
}

extension ClassTable {
    /// - Parameters:
    ///   - policy: with the overrides on it.
    package init(
        node: String, generation: UInt32, policy: Policy, overrides: [Override], readings: ClassReadings
    ) {
        self.node = node
        self.generation = generation
        self.overrides = overrides.map(OverrideFacts.init)
        classes = policy.slices.flatMap { slice in
            policy.classes.enumerated().map { index, trafficClass in
                let counters = readings.counters[slice.vni]?[index] ?? ClassCounters()
                let changed = Overridden(trafficClass, in: slice, by: overrides)
                let bucket = ClassReadings.BucketKey(vni: slice.hasQuota ? slice.vni : nil, trafficClass: index)
                return Row(
                    slice: slice.name, class: trafficClass.name, lane: trafficClass.lane.rawValue,
                    queue: slice.hasQuota
                        ? readings.queue(.sliceLeaf(vni: slice.vni, trafficClass: index)) : nil,
                    bucketBitsPerSecond: readings.buckets[bucket]?.bitsPerSecond,
                    guaranteeOverridden: changed.guarantee, ceilingOverridden: changed.ceiling,
                    offered: Traffic(packets: counters.packets, bytes: counters.bytes),
                    express: Traffic(packets: counters.expressPackets, bytes: counters.expressBytes),
                    demoted: Traffic(packets: counters.demotedPackets, bytes: counters.demotedBytes))
            }
        }
        sharedQueues = []
        func share(_ kind: SharedQueue.Kind, _ role: QueueRole, of trafficClass: Policy.TrafficClass? = nil) {
            let changed = trafficClass.map { Overridden($0, in: nil, by: overrides) } ?? Overridden()
            sharedQueues.append(
                SharedQueue(
                    kind: kind, class: trafficClass?.name, queue: readings.queue(role),
                    guaranteeOverridden: changed.guarantee,
                    ceilingOverridden: changed.ceiling))
        }
        if policy.classes.contains(where: { $0.lane == .express }) { share(.express, .express) }
        share(.own, .own)
        guard policy.slices.contains(where: { !$0.hasQuota }) else { return }
        for (index, trafficClass) in policy.classes.enumerated() {
            share(.common, .commonLeaf(trafficClass: index), of: trafficClass)
        }
    }
}

/// Which figures of a class in a slice come from an override.
private struct Overridden {
    var guarantee = false
    var ceiling = false

    init() {}

    /// - Parameter slice: nil for the class table, which is what slices without quotas go by.
    init(_ trafficClass: Policy.TrafficClass, in slice: Policy.Slice?, by overrides: [Override]) {
        let own = slice?.classes[trafficClass.name]
        for override in overrides {
            switch (override.className, override.slice) {
            // An override of every slice leaves alone a slice that has a figure of its own.
            case (trafficClass.name, nil):
                guarantee = guarantee || override.guarantee != nil && own?.guarantee == nil
                ceiling = ceiling || override.ceiling != nil && own?.ceiling == nil
            case (trafficClass.name, slice?.name):
                guarantee = guarantee || override.guarantee != nil
                ceiling = ceiling || override.ceiling != nil
            case (nil, slice?.name): add(override, to: trafficClass, quota: trafficClass.quota(in: slice))
            default: continue
            }
        }
    }

    /// Parts of what the slice has are others when that is. An express class's ceiling is a part of the guarantee.
    private mutating func add(_ override: Override, to trafficClass: Policy.TrafficClass, quota: Policy.ClassQuota) {
        let isExpress = trafficClass.lane == .express
        let base = isExpress ? override.guarantee : override.ceiling
        guarantee = guarantee || !isExpress && override.guarantee != nil && quota.guarantee?.isPart == true
        ceiling = ceiling || base != nil && quota.ceiling?.isPart ?? !isExpress
    }
}
