import CBPF
import Plan
import Policy
import Testing

@testable import Datapath

/// 200 Mbit: express, own, a common subtree of two leaves and slice 4201 with two.
func sampleTree(
    sliceRate: UInt64 = 100, leafRates: [UInt64] = [60, 20], linkRate: UInt64 = 190
) -> QueueTree {
    func queue(_ role: QueueRole, _ parent: QueueRole?, _ mbit: UInt64, priority: Int = 0, limit: Int?) -> QueueClass {
        QueueClass(
            role: role, parent: parent, priority: priority, rate: BitRate(bitsPerSecond: mbit * 1_000_000),
            ceiling: BitRate(bitsPerSecond: linkRate * 1_000_000), burst: 2000, ceilingBurst: 3000, quantum: 1514,
            queueLimit: limit)
    }
    let leaves = leafRates.enumerated().map { place, rate in
        queue(.sliceLeaf(vni: 4201, trafficClass: place), .slice(vni: 4201), rate, priority: place + 1, limit: 100_000)
    }
    return QueueTree(
        classes: [
            queue(.link, nil, linkRate, limit: nil),
            queue(.express, .link, 10, limit: 60_000),
            queue(.own, .link, 4, priority: 1, limit: 60_000),
            queue(.common, .link, 40, limit: nil),
            queue(.commonLeaf(trafficClass: 1), .common, 30, priority: 1, limit: 60_000),
            queue(.commonLeaf(trafficClass: 2), .common, 10, priority: 2, limit: 60_000),
            queue(.slice(vni: 4201), .link, sliceRate, limit: nil),
        ] + leaves, largestSegment: 2500)
}

func sampleClasses(_ tree: QueueTree = sampleTree()) -> [HTBClass] { tree.htbClasses { _ in 1 } }

let ourRoot = KernelQueues.Root(kind: "htb", handle: 0x5348_0000, defaultMinor: 3)

@Suite("queue changes")
struct QueuesChangesTests {
    @Test("roles get the contract's class ids")
    func ids() {
        let roles: [(QueueRole, UInt32)] = [
            (.link, 1), (.express, 2), (.own, 3), (.common, 4), (.commonLeaf(trafficClass: 7), 0x17),
            (.slice(vni: 9), 0x100), (.sliceLeaf(vni: 9, trafficClass: 0), 0x101),
            (.slice(vni: 1023), 0x40F0), (.sliceLeaf(vni: 1023, trafficClass: 7), 0x40F8),
        ]
        for (role, minor) in roles { #expect(role.minor { $0 == 9 ? 0 : Int($0) } == minor) }
        #expect(QueueID.text(QueueID.classID(0x110)) == "5348:110")
        #expect(QueueID.text(QueueID.root) == "5348:")
    }

    @Test(
        "bursts become ticks of 64 ns, rounded up, and never overflow",
        arguments: [
            // bytes, bytes a second, ticks
            (1_000_000, 1_000_000, 15_625_000),  // a second
            (64, 1_000_000_000, 1),
            (65, 1_000_000_000, 2),
            (0, 125_000, 0),
            (1 << 40, 1, Int(UInt32.max)),
            (Int.max, 125_000, Int(UInt32.max)),
            (-5, 125_000, 0),
        ])
    func ticks(bytes: Int, rate: Int, ticks: Int) {
        #expect(schedulerTicks(bytes: bytes, rate: UInt64(rate)) == UInt32(ticks))
    }

    @Test("rates are rounded down to bytes, so that children never exceed their parent")
    func rounding() {
        var tree = sampleTree()
        tree.classes[0].rate = BitRate(bitsPerSecond: 15)
        tree.classes[1].rate = BitRate(bitsPerSecond: 7)
        let classes = sampleClasses(tree)
        #expect(classes[0].rate == 1)
        #expect(classes[1].rate == 1, "the kernel refuses 0")
    }

    @Test("queues that are as wanted need no change")
    func idempotent() throws {
        #expect(try KernelQueues(root: ourRoot, classes: sampleClasses()).changes(to: sampleClasses()).isEmpty)
    }

    @Test("priority and quantum of an inner class do not count, a leaf's do")
    func innerParameters() throws {
        var present = sampleClasses()
        present[0].priority = 5
        present[0].quantum = 1
        #expect(try KernelQueues(root: ourRoot, classes: present).changes(to: sampleClasses()).isEmpty)
        present[1].quantum = 1
        #expect(
            try KernelQueues(root: ourRoot, classes: present).changes(to: sampleClasses()).prepare
                == [.changeClass(sampleClasses()[1])])
    }

    @Test("a bare interface gets the root, then parents before children, each leaf with its queue")
    func creation() throws {
        let wanted = sampleClasses()
        let changes = try KernelQueues(root: nil, classes: []).changes(to: wanted)
        let expected = wanted.flatMap { queue -> [QueueChange] in
            [.addClass(queue)] + (queue.queueLimit.map { [.addLeaf(minor: queue.minor, limit: $0)] } ?? [])
        }
        #expect(changes.prepare == [.addRoot(replacing: false)] + expected)
        #expect(changes.retire.isEmpty)
    }

    @Test("what is lowered goes first, children before parents; what is raised follows, parents before children")
    func order() throws {
        let present = KernelQueues(
            root: ourRoot, classes: sampleClasses(sampleTree(sliceRate: 100, leafRates: [60, 20])))
        let lowered = sampleClasses(sampleTree(sliceRate: 90, leafRates: [50, 40]))
        #expect(
            try present.changes(to: lowered).prepare == [
                .changeClass(lowered[7]), .changeClass(lowered[6]), .changeClass(lowered[8]),
            ])
        let raised = sampleClasses(sampleTree(sliceRate: 120, leafRates: [80, 20]))
        #expect(try present.changes(to: raised).prepare == [.changeClass(raised[6]), .changeClass(raised[7])])
    }

    @Test("at no step do the guarantees of children exceed their parent's")
    func neverTooMuch() throws {
        var generator = SystemRandomNumberGenerator()
        func randomTree() -> [HTBClass] {
            let first = UInt64.random(in: 1...60, using: &generator)
            let second = UInt64.random(in: 1...60, using: &generator)
            return sampleClasses(sampleTree(sliceRate: first + second, leafRates: [first, second], linkRate: 190))
        }
        for _ in 0..<200 {
            let former = randomTree()
            var rates = Dictionary(uniqueKeysWithValues: former.map { ($0.minor, $0) })
            for change in try KernelQueues(root: ourRoot, classes: former).changes(to: randomTree()).prepare {
                guard case .changeClass(let queue) = change else { continue }
                rates[queue.minor] = queue
                for parent in rates.values {
                    let children = rates.values.filter { $0.parentMinor == parent.minor }
                    #expect(children.reduce(0) { $0 + $1.rate } <= parent.rate)
                }
            }
        }
    }

    @Test("a new queue limit changes the queue in place, a leaf without our queue gets one")
    func leafLimits() throws {
        var present = sampleClasses()
        present[1].queueLimit = 1
        present[2].queueLimit = nil
        #expect(
            try KernelQueues(root: ourRoot, classes: present).changes(to: sampleClasses()).prepare == [
                .changeLeaf(minor: 2, limit: 60_000), .addLeaf(minor: 3, limit: 60_000),
            ])
    }

    @Test("what is not wanted is retired, children before parents, and nothing else")
    func retirement() throws {
        let present = KernelQueues(root: ourRoot, classes: sampleClasses())
        let changes = try present.changes(to: sampleClasses().filter { $0.minor < 0x100 })
        #expect(changes.prepare.isEmpty)
        #expect(
            changes.retire == [
                .deleteClass(minor: 0x111), .deleteClass(minor: 0x112), .deleteClass(minor: 0x110),
            ])
    }

    @Test("a foreign root qdisc is refused unless it may be replaced")
    func foreign() throws {
        let queues = KernelQueues(root: .init(kind: "tbf", handle: 0x10000, defaultMinor: nil), classes: [])
        #expect(throws: QueueConflict.foreignQdisc(kind: "tbf", handle: 0x10000)) {
            try queues.changes(to: sampleClasses())
        }
        #expect(
            try queues.changes(to: sampleClasses(), replaceForeign: true).prepare.first == .addRoot(replacing: true))
        #expect(
            QueueConflict.foreignQdisc(kind: "tbf", handle: 0x10000).description
                == "the interface has a root qdisc that is not the shaper's: tbf 1:")
    }

    @Test("what cannot be changed in place is a conflict, never a silent difference")
    func conflicts() throws {
        var root = ourRoot
        root.defaultMinor = 0x10
        #expect(throws: QueueConflict.otherDefault(minor: 0x10)) {
            try KernelQueues(root: root, classes: []).changes(to: sampleClasses())
        }
        var present = sampleClasses()
        present[1].parentMinor = 4
        #expect(throws: QueueConflict.otherParent(minor: 2)) {
            try KernelQueues(root: ourRoot, classes: present).changes(to: sampleClasses())
        }
    }
}
