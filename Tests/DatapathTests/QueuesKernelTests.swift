import CBPF
import Glibc
import Plan
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

/// On the running kernel, each in a network namespace of its own.
@Suite("queues in the kernel", .enabled(if: mayMakeNamespaces))
struct QueuesKernelTests {
    @Test("what was written is read back equal, so that a second apply writes nothing")
    func readBack() async {
        await #expect(processExitsWith: .success) {
            let pair = try VethPair()
            try pair.bring(to: sampleClasses())
            let queues = try pair.netlink.readQueues(interface: pair.index)
            #expect(queues.classes.sorted { $0.minor < $1.minor }.map(\.minor) == sampleClasses().map(\.minor).sorted())
            #expect(try queues.changes(to: sampleClasses()).isEmpty)
        }
    }

    @Test("rates from 1 kbit to 1 Tbit and odd bursts survive the kernel")
    func extremeRates() async {
        await #expect(processExitsWith: .success) {
            let pair = try VethPair()
            let rates: [UInt64] = [
                1000, 8 * 12_345_677, 34_359_738_367, 34_359_738_368, 100_000_000_000, 1_000_000_000_000,
            ]
            for rate in rates {
                var tree = sampleTree()
                tree.classes[0].ceiling = BitRate(bitsPerSecond: rate)
                tree.classes[1].rate = BitRate(bitsPerSecond: rate)
                tree.classes[1].burst = 123_457
                tree.classes[1].ceilingBurst = 1 << 40
                let wanted = sampleClasses(tree)
                try pair.bring(to: wanted)
                #expect(try pair.netlink.readQueues(interface: pair.index).changes(to: wanted).isEmpty, "\(rate) bit/s")
            }
        }
    }

    @Test("tc shows the tree that was meant")
    func tcAgrees() async {
        await #expect(processExitsWith: .success) {
            let pair = try VethPair()
            try pair.bring(to: sampleClasses())
            let qdiscs = try run("tc qdisc show dev v0")
            #expect(qdiscs.contains("qdisc htb 5348: root"))
            #expect(qdiscs.contains("default 0x3"))
            #expect(qdiscs.contains("direct_qlen 1000"))
            #expect(qdiscs.contains("qdisc bfifo 111: parent 5348:111 limit 100000b"))
            let leaf = try run("tc class show dev v0 classid 5348:112")
            #expect(leaf.contains("parent 5348:110 leaf 112: prio 2 rate 20Mbit ceil 190Mbit burst 2000b"))
        }
    }

    @Test("a rate raised a thousand times in place loses none of the packets that wait")
    func nothingLost() async {
        await #expect(processExitsWith: .success) {
            let pair = try VethPair()
            var tree = sampleTree(sliceRate: 100, leafRates: [1, 1])
            for place in [7, 8] { tree.classes[place].slow() }
            try pair.bring(to: sampleClasses(tree))
            let before = try pair.arrived()
            try pair.send(95, to: 0x111)
            let waiting = try #require(try pair.statistics(0x111)).queueLength
            #expect(waiting > 20, "the queue must hold something for the test to mean anything")

            tree.classes[7].rate = BitRate(bitsPerSecond: 100_000_000)
            tree.classes[7].ceiling = BitRate(bitsPerSecond: 100_000_000)
            let changes = try pair.netlink.readQueues(interface: pair.index).changes(to: sampleClasses(tree))
            #expect(changes.prepare.count == 1)
            try pair.netlink.write(changes.prepare, interface: pair.index)

            #expect(try eventually { try pair.statistics(0x111)?.queueLength == 0 })
            let after = try #require(try pair.statistics(0x111))
            #expect(after.sentPackets == 95)
            #expect(after.sentBytes == 95 * 1000)
            #expect(after.dropped == 0)
            #expect(try pair.arrived() - before >= 95)
        }
    }

    @Test("a queue limit changed in place keeps what waits, and the class counts what does not fit")
    func queueLimit() async {
        await #expect(processExitsWith: .success) {
            let pair = try VethPair()
            var tree = sampleTree(leafRates: [1, 1])
            for place in [7, 8] { tree.classes[place].slow() }
            tree.classes[7].queueLimit = 20_000
            try pair.bring(to: sampleClasses(tree))
            try pair.send(100, to: 0x111)
            let full = try #require(try pair.statistics(0x111))
            #expect(full.dropped > 20)
            #expect(full.backlogBytes <= 20_000)
            #expect(full.backlogBytes == full.queueLength * 1000)
            #expect(full.sentPackets + UInt64(full.dropped + full.queueLength) == 100)

            tree.classes[7].queueLimit = 1_000_000
            let changes = try pair.netlink.readQueues(interface: pair.index).changes(to: sampleClasses(tree))
            #expect(changes.prepare == [.changeLeaf(minor: 0x111, limit: 1_000_000)])
            try pair.netlink.write(changes.prepare, interface: pair.index)
            try pair.send(30, to: 0x111)
            let wider = try #require(try pair.statistics(0x111))
            #expect(wider.dropped == full.dropped)
            #expect(wider.sentPackets + UInt64(wider.queueLength) == full.sentPackets + UInt64(full.queueLength) + 30)
        }
    }

    @Test("a leaf whose queue somebody replaced gets ours back")
    func replacedLeaf() async {
        await #expect(processExitsWith: .success) {
            let pair = try VethPair()
            try pair.bring(to: sampleClasses())
            try run("tc qdisc replace dev v0 parent 5348:111 handle 9999: pfifo limit 7")
            let changes = try pair.netlink.readQueues(interface: pair.index).changes(to: sampleClasses())
            #expect(changes.prepare == [.addLeaf(minor: 0x111, limit: 100_000)])
            try pair.netlink.write(changes.prepare, interface: pair.index)
            #expect(try pair.netlink.readQueues(interface: pair.index).changes(to: sampleClasses()).isEmpty)
        }
    }

    @Test("packets that name no class go to the node's own leaf")
    func defaultLeaf() async {
        await #expect(processExitsWith: .success) {
            let pair = try VethPair()
            try pair.bring(to: sampleClasses())
            let before = try #require(try pair.statistics(3)).sentPackets
            try pair.send(10, to: 0x7777)
            #expect(try eventually { (try pair.statistics(3)?.sentPackets ?? 0) - before >= 10 })
        }
    }

    @Test("retiring a slice removes its classes and leaves the others' counters alone")
    func retire() async {
        await #expect(processExitsWith: .success) {
            let pair = try VethPair()
            try pair.bring(to: sampleClasses())
            try pair.send(5, to: 0x11)
            #expect(try eventually { try pair.statistics(0x11)?.sentPackets == 5 })
            try pair.bring(to: sampleClasses().filter { $0.minor < 0x100 })
            let left = try pair.netlink.classStatistics(interface: pair.index)
            #expect(left.keys.sorted() == [1, 2, 3, 4, 0x11, 0x12])
            #expect(left[0x11]?.sentPackets == 5)
        }
    }

    @Test("a refused change names its class, wherever in however many batches it is")
    func namedError() async {
        await #expect(processExitsWith: .success) {
            let pair = try VethPair()
            try pair.bring(to: sampleClasses())
            var changes = [QueueChange](repeating: .changeClass(sampleClasses()[1]), count: 3000)
            changes[2345] = .changeLeaf(minor: 0x999, limit: 1)
            let error = try #require(throws: KernelError.self) {
                try pair.netlink.write(changes, interface: pair.index)
            }
            #expect(error.subject == "the queue of class 5348:999 of interface \(pair.index)")
            #expect(error.errno == ENOENT)
            #expect(error.detail?.isEmpty == false, "the kernel has words for this")
            #expect(try pair.netlink.readQueues(interface: pair.index).changes(to: sampleClasses()).isEmpty)
        }
    }

    @Test("restoring takes back a half-done change, be it the first ever or a later one")
    func restore() async {
        await #expect(processExitsWith: .success) {
            let pair = try VethPair()
            let bare = try pair.netlink.readQueues(interface: pair.index)
            try pair.bring(to: sampleClasses())
            let former = try pair.netlink.readQueues(interface: pair.index)

            var other = sampleClasses(sampleTree(sliceRate: 90, leafRates: [50, 40]))
            other[1].queueLimit = 5000
            other.append(contentsOf: sampleTree().htbClasses { _ in 2 }.suffix(3))
            try pair.netlink.write(former.changes(to: other).prepare, interface: pair.index)
            #expect(try pair.netlink.readQueues(interface: pair.index) != former)
            try pair.netlink.restoreQueues(former, interface: pair.index)
            #expect(try pair.netlink.readQueues(interface: pair.index).changes(to: sampleClasses()).isEmpty)

            try pair.netlink.restoreQueues(bare, interface: pair.index)
            #expect(try pair.netlink.readQueues(interface: pair.index) == bare)
        }
    }

    @Test("unloading removes our root qdisc and nobody else's")
    func unload() async {
        await #expect(processExitsWith: .success) {
            let pair = try VethPair()
            #expect(try pair.netlink.unloadQueues(interface: pair.index) == false)
            try pair.bring(to: sampleClasses())
            #expect(try pair.netlink.unloadQueues(interface: pair.index))
            #expect(try pair.netlink.readQueues(interface: pair.index).root == nil)

            try run("tc qdisc add dev v0 root handle 7: tbf rate 1mbit burst 5000 limit 10000")
            #expect(try pair.netlink.unloadQueues(interface: pair.index) == false)
            let foreign = try pair.netlink.readQueues(interface: pair.index)
            #expect(foreign.root?.kind == "tbf")
            #expect(throws: QueueConflict.foreignQdisc(kind: "tbf", handle: 0x70000)) {
                try foreign.changes(to: sampleClasses())
            }
            let changes = try foreign.changes(to: sampleClasses(), replaceForeign: true)
            try pair.netlink.write(changes.prepare, interface: pair.index)
            #expect(try pair.netlink.readQueues(interface: pair.index).changes(to: sampleClasses()).isEmpty)
        }
    }
}

extension VethPair {
    /// Reads, compares, writes: what an apply does.
    func bring(to wanted: [HTBClass]) throws {
        let changes = try netlink.readQueues(interface: index).changes(to: wanted)
        try netlink.write(changes.prepare, interface: index)
        try netlink.write(changes.retire, interface: index)
    }

    func statistics(_ minor: UInt32) throws -> QueueStatistics? {
        try netlink.classStatistics(interface: index)[minor]
    }
}

extension QueueClass {
    /// A packet of 1,000 bytes in 80 ms: slow enough that what waits is still there on a machine that is busy elsewhere.
    mutating func slow() { (rate, ceiling) = (BitRate(bitsPerSecond: 100_000), BitRate(bitsPerSecond: 100_000)) }
}
