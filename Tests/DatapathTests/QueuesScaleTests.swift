import Glibc
import Plan
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

@Suite("queues at scale", .enabled(if: mayMakeNamespaces))
struct QueuesScaleTests {
    @Test("512 slices of six classes each are changed, all of them, within a second of a processor")
    func manySlices() async {
        await #expect(processExitsWith: .success) {
            let pair = try VethPair()
            try pair.bring(to: manyClasses(mbit: 1))
            let changes = try pair.netlink.readQueues(interface: pair.index).changes(to: manyClasses(mbit: 2))
            #expect(changes.prepare.count == 512 * 7, "each slice and each leaf")
            let start = processorNanoseconds()
            try pair.netlink.write(changes.prepare, interface: pair.index)
            #expect(processorNanoseconds() - start < 1_000_000_000)
            #expect(try pair.netlink.readQueues(interface: pair.index).changes(to: manyClasses(mbit: 2)).isEmpty)
        }
    }
}

/// What this thread has used of a processor, in the kernel's work for it too.
private func processorNanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// 512 slices with six leaves each, every leaf at the same rate.
private func manyClasses(mbit: UInt64) -> [HTBClass] {
    func queue(_ role: QueueRole, _ parent: QueueRole?, _ mbit: UInt64, limit: Int?) -> QueueClass {
        QueueClass(
            role: role, parent: parent, rate: BitRate(bitsPerSecond: mbit * 1_000_000),
            ceiling: BitRate(bitsPerSecond: 10_000_000_000), burst: 2000, ceilingBurst: 2000, quantum: 1514,
            queueLimit: limit)
    }
    var tree = QueueTree(classes: [queue(.link, nil, 10_000, limit: nil)], largestSegment: 65536)
    tree.classes.append(queue(.own, .link, 10, limit: 60_000))
    for vni in UInt32(0)..<512 {
        tree.classes.append(queue(.slice(vni: vni), .link, 6 * mbit, limit: nil))
        tree.classes += (0..<6).map {
            queue(.sliceLeaf(vni: vni, trafficClass: $0), .slice(vni: vni), mbit, limit: 60_000)
        }
    }
    return tree.htbClasses { Int($0) }
}
