import Datapath
import Plan
import Policy
import Telemetry

/// A node's counters as the kernel has them, under the names of the policy in force.
struct NodeCounters: Sendable {
    var inForce: InForce?
    var generation: UInt32
    var classes: [FabricSnapshot.ClassTraffic] = []
    var queues: [FabricSnapshot.Queue] = []
    var drops: [FabricSnapshot.Tally]
    var events: [FabricSnapshot.Tally]
    var slices: [FabricSnapshot.SliceState] = []
    /// Bits a second that the queues give way by.
    var charge: UInt64

    init(_ kernel: NodeKernel, _ inForce: InForce?) throws {
        self.inForce = inForce
        generation = try kernel.generation()
        charge = try kernel.charge().bitsPerSecond
        drops = zip(CounterNames.drops, try kernel.drops()).map { .init(label: $0, count: $1) }
        events = zip(CounterNames.events, try kernel.events()).map { .init(label: $0, count: $1) }
        guard let desired = inForce?.desired else { return }
        classes = try Self.classes(kernel, desired)
        queues = try Self.queues(kernel, desired)
        let learned = try kernel.learnedAddresses(ageing: desired.fabric.ageing)
        slices = desired.slices.map { .init(name: $0.name, learnedAddresses: UInt64(learned[$0.vni] ?? 0)) }
    }

    private static func classes(
        _ kernel: NodeKernel, _ desired: DesiredState
    ) throws -> [FabricSnapshot.ClassTraffic] {
        let indices = try kernel.sliceIndices()
        let present = desired.slices.compactMap { indices[$0.vni] }
        let counters = try kernel.classCounters(slices: present, classes: desired.classes.count)
        return desired.slices.flatMap { slice -> [FabricSnapshot.ClassTraffic] in
            guard let index = indices[slice.vni], let rows = counters[index] else { return [] }
            return zip(desired.classes, rows).map { .init(slice: slice.name, trafficClass: $0, $1) }
        }
    }

    private static func queues(_ kernel: NodeKernel, _ desired: DesiredState) throws -> [FabricSnapshot.Queue] {
        let statistics = try kernel.queueStatistics(desired.queues, underlay: desired.underlay.interface)
        return desired.queues.classes.compactMap { queue in
            guard let owner = desired.owner(of: queue.role), let counted = statistics[queue.role] else { return nil }
            return FabricSnapshot.Queue(
                owner: owner, sent: .init(packets: counted.sentPackets, bytes: counted.sentBytes),
                dropped: UInt64(counted.dropped), backlog: UInt64(counted.backlogBytes),
                guarantee: queue.rate.bitsPerSecond, ceiling: queue.ceiling.bitsPerSecond)
        }
    }
}

extension FabricSnapshot.ClassTraffic {
    fileprivate init(slice: String, trafficClass: DesiredClass, _ counted: ClassCounters) {
        let passed = FabricSnapshot.Traffic(packets: counted.expressPackets, bytes: counted.expressBytes)
        let demoted = FabricSnapshot.Traffic(packets: counted.demotedPackets, bytes: counted.demotedBytes)
        self.init(
            slice: slice, className: trafficClass.name, offered: .init(packets: counted.packets, bytes: counted.bytes),
            express: trafficClass.lane == .express ? .init(passed: passed, demoted: demoted) : nil)
    }
}

extension DesiredState {
    /// nil: an inner class, whose packets are its leaves'.
    fileprivate func owner(of role: QueueRole) -> FabricSnapshot.Queue.Owner? {
        switch role {
        case .link, .common, .slice: nil
        case .express: .express
        case .own: .own
        case .commonLeaf(let trafficClass): .common(className: classes[trafficClass].name)
        case .sliceLeaf(let vni, let trafficClass):
            slices.first { $0.vni == vni }.map { .slice($0.name, className: classes[trafficClass].name) }
        }
    }
}
