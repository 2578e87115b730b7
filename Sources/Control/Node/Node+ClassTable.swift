import Datapath
import Plan
import Policy

extension Node {
    package func classTable() throws -> ClassTable {
        let inForce = try inForce()
        let kernel = try NodeKernel(node: name)
        return ClassTable(
            node: name, generation: try kernel.generation(), policy: inForce.policy,
            overrides: inForce.overrides, readings: try ClassReadings(kernel, inForce.desired))
    }
}

extension ClassReadings {
    fileprivate init(_ kernel: NodeKernel, _ desired: DesiredState) throws(KernelError) {
        let underlay = desired.underlay.interface
        let indices = try kernel.sliceIndices()
        let counters = try kernel.classCounters(slices: Array(indices.values), classes: desired.classes.count)
        let rates = try kernel.rates(of: desired.buckets)
        self.init(
            counters: indices.compactMapValues { counters[$0] },
            rates: try kernel.queueRates(desired.queues, underlay: underlay),
            statistics: try kernel.queueStatistics(desired.queues, underlay: underlay),
            buckets: Dictionary(
                zip(desired.buckets, rates).compactMap { bucket, rate in
                    rate.map { (BucketKey(vni: bucket.vni, trafficClass: bucket.trafficClass), $0) }
                }, uniquingKeysWith: { first, _ in first }))
    }
}
