import CBPF
import Plan
import Policy

/// Express packets that XDP sends pass no queue. How many bytes they are is counted, and the queues give way.
extension NodeKernel {
    /// Bytes that XDP has sent past the queues since the maps were made.
    package func sentPastQueues() throws(KernelError) -> UInt64 {
        guard let maps = pinned?.maps else { return 0 }
        let cpus = Int(libbpf_num_possible_cpus())
        return try maps.expressSent.perCPU(0, cpus: cpus, initially: UInt64(0)).reduce(0, &+)
    }

    /// By how much the queues give way now.
    package func charge() throws(KernelError) -> BitRate {
        let bytes = try pinned?.maps.charge.value(UInt32(0), initially: UInt64(0)) ?? 0
        return BitRate(bitsPerSecond: bytes * 8)
    }

    /// Has the queues give way by so much: two classes of each tree change in place.
    package func setCharge(_ rate: BitRate, _ desired: DesiredState) throws(KernelError) {
        guard let maps = pinned?.maps, let underlay = try netlink.link(named: desired.underlay.interface),
            let facts = InterfaceFacts(underlay)
        else { return }
        let queues = try facts.transmitQueues()
        let trees = desired.queues.obstacle(to: queues) == nil ? queues : 1
        let isMore = try rate.bitsPerSecond > charge().bitsPerSecond
        // Recorded first: who compares the queues with the policy in between must not take it back.
        try maps.charge.set(UInt32(0), rate.bitsPerSecond / 8)
        var tree = desired.queues.charged(try charge())
        tree.classes.removeAll { ![.link, .express].contains($0.role) }
        let changes = tree.htbClasses(trees: trees) { _ in 0 }.map { QueueChange.changeClass($0) }
        // The child's guarantee never exceeds what its parent has left.
        try netlink.write(isMore ? changes.reversed() : changes, interface: facts.index)
    }
}
