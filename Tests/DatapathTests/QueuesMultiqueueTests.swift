import CBPF
import Foundation
import Glibc
import Plan
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

/// On an interface of four transmit queues, each test in a network namespace of its own.
@Suite("queues of several transmit queues", .enabled(if: mayMakeNamespaces))
struct QueuesMultiqueueTests {
    @Test("are counted as the kernel uses them, not as the driver could have them")
    func counting() async {
        await #expect(processExitsWith: .success) {
            let pair = try VethPair(transmitQueues: 4)
            func queues() throws -> Int { try pair.netlink.interface(named: "v0").transmitQueues() }
            #expect(try queues() == 4)
            try run("ethtool -L v0 tx 2")
            #expect(try queues() == 2)
            try run("ip link add d0 type veth peer name d1")
            let plain = try pair.netlink.interface(named: "d0")
            #expect(plain.txQueues > 1)
            #expect(try plain.transmitQueues() == 1)
        }
    }

    @Test("what was written is read back equal; each tree has its share")
    func readBack() async {
        await #expect(processExitsWith: .success) {
            let stage = try MultiqueueStage()
            try stage.bring()
            let queues = try stage.read()
            #expect(queues.root == .init(kind: "mq", handle: 0x5347_0000, defaultMinor: nil))
            #expect(queues.branches.keys.sorted() == [0, 1, 2, 3])
            #expect(try queues.changes(to: stage.wanted(), in: stage.trees).isEmpty)
            let leaves = queues.classes.filter { $0.minor == 0x111 }.map(\.rate)
            #expect(leaves.count == 4 && Set(leaves).count == 1)
            #expect(leaves[0] <= 60_000_000 / 8 / 4 && leaves[0] > 60_000_000 / 8 / 4 / 2)
        }
    }

    @Test("packets of many flows go to the leaf they name, in every tree, and the sums are right")
    func rightLeaf() async {
        await #expect(processExitsWith: .success) {
            let stage = try MultiqueueStage()
            try stage.bring()
            let own = try #require(try stage.pair.statistics(3)).sentPackets
            let minors: [UInt32] = [2, 0x11, 0x111, 0x112]
            let flows = 32, packets = 5
            for minor in minors {
                for _ in 0..<flows { try stage.pair.send(packets, frameBytes: 200, to: minor) }
            }
            let all = UInt64(flows * packets)
            #expect(try eventually { try minors.allSatisfy { try stage.pair.statistics($0)?.sentPackets == all } })
            for minor in minors {
                let each = try stage.sentPackets(minor)
                #expect(each.count == 4 && each.allSatisfy { $0 > 0 }, "\(minor): \(each)")
                #expect(each.reduce(0, +) == all)
                #expect(try stage.pair.statistics(minor)?.sentBytes == all * 200)
            }
            #expect(try #require(try stage.pair.statistics(3)).sentPackets - own < 10, "none went astray")
        }
    }

    @Test("rates change in place, in all trees, and nothing that waits is lost")
    func inPlace() async {
        await #expect(processExitsWith: .success) {
            let stage = try MultiqueueStage()
            var tree = sampleTree(leafRates: [1, 1])
            for place in [7, 8] { tree.classes[place].slow() }
            try stage.bring(tree)
            for _ in 0..<16 { try stage.pair.send(5, frameBytes: 500, to: 0x111) }
            #expect(try #require(try stage.pair.statistics(0x111)).queueLength > 20, "something must wait")
            for place in [7, 8] {
                tree.classes[place].rate = BitRate(bitsPerSecond: 40_000_000)
                tree.classes[place].ceiling = BitRate(bitsPerSecond: 100_000_000)
            }
            let changes = try stage.read().changes(to: stage.wanted(tree), in: stage.trees)
            #expect(changes.prepare.count == 8 && changes.retire.isEmpty)
            try stage.pair.netlink.write(changes.prepare, interface: stage.pair.index)
            #expect(try eventually { try stage.pair.statistics(0x111)?.queueLength == 0 })
            let after = try #require(try stage.pair.statistics(0x111))
            #expect(after.sentPackets == 80 && after.dropped == 0)
        }
    }

    @Test("a filter, a tree or a leaf that somebody took away is put back")
    func drift() async {
        await #expect(processExitsWith: .success) {
            let stage = try MultiqueueStage()
            try stage.bring()
            func missing() throws -> [QueueChange] {
                try stage.read().changes(to: stage.wanted(), in: stage.trees).prepare
            }
            try run("tc filter del dev v0 parent 534a:")
            #expect(try missing() == [.setClassifier(tree: 2, program: try #require(stage.trees.classifier))])
            try stage.bring()
            #expect(try missing().isEmpty)

            try run("tc qdisc del dev v0 parent 5347:2")
            #expect(try missing().first == .addTree(1))
            try run("tc qdisc replace dev v0 parent 534b:111 pfifo limit 7")
            #expect(try missing().contains(.addLeaf(minor: 0x111, tree: 3, limit: 32_000)))
            try stage.bring()
            #expect(try missing().isEmpty)
        }
    }

    @Test("another program takes the filter's place")
    func otherProgram() async {
        await #expect(processExitsWith: .success) {
            let stage = try MultiqueueStage()
            try stage.bring()
            let other = try MultiqueueStage.load()
            let trees = TransmitTrees(count: 4, classifier: other.id)
            let changes = try stage.read().changes(to: stage.wanted(), in: trees)
            #expect(changes.prepare == (1...3).map { .setClassifier(tree: $0, program: other.id) })
            try stage.pair.netlink.write(changes.prepare, interface: stage.pair.index)
            #expect(try stage.read().changes(to: stage.wanted(), in: trees).isEmpty)
            #expect(try run("tc filter show dev v0 parent 5349:").split(separator: "direct-action").count == 2)
        }
    }

    @Test("fewer transmit queues, or one, or more again: the trees follow, and can be restored")
    func rebuilding() async {
        await #expect(processExitsWith: .success) {
            let stage = try MultiqueueStage()
            let bare = try stage.read()
            try stage.bring()
            let former = try stage.read()
            for count in [2, 1, 3, 4] {
                let trees = TransmitTrees(count: count, classifier: stage.trees.classifier)
                let wanted = stage.wanted(count: count)
                let changes = try stage.read().changes(to: wanted, in: trees)
                #expect(changes.prepare.contains(.deleteRoot(handle: QueueID.multiqueue)) == (count < 3))
                try stage.pair.netlink.write(changes.prepare + changes.retire, interface: stage.pair.index)
                #expect(try stage.read().changes(to: wanted, in: trees).isEmpty)
            }
            try stage.pair.netlink.write(
                try stage.read().changes(to: stage.wanted(count: 1)).prepare, interface: stage.pair.index)
            try stage.pair.netlink.restoreQueues(
                former, interface: stage.pair.index, classifier: stage.trees.classifier)
            #expect(try stage.read().changes(to: stage.wanted(), in: stage.trees).isEmpty)
            try stage.pair.netlink.restoreQueues(bare, interface: stage.pair.index)
            #expect(try stage.read() == bare)
        }
    }

    @Test("unloading leaves what the device had, and nobody else's mq is touched")
    func unload() async {
        await #expect(processExitsWith: .success) {
            let stage = try MultiqueueStage()
            let before = try run("tc qdisc show dev v0")
            try stage.bring()
            #expect(try stage.pair.netlink.unloadQueues(interface: stage.pair.index))
            #expect(try run("tc qdisc show dev v0") == before)
            try run("tc qdisc add dev v0 root handle 7: mq")
            #expect(try stage.pair.netlink.unloadQueues(interface: stage.pair.index) == false)
            #expect(throws: QueueConflict.foreignQdisc(kind: "mq", handle: 0x70000)) {
                try stage.read().changes(to: stage.wanted(), in: stage.trees)
            }
        }
    }
}

/// A `VethPair` of four transmit queues, and the program of its trees.
private struct MultiqueueStage {
    let pair: VethPair
    let trees: TransmitTrees
    private let program: LoadedClassifier

    init() throws {
        pair = try VethPair(transmitQueues: 4)
        program = try Self.load()
        trees = TransmitTrees(count: 4, classifier: program.id)
    }

    static func load() throws -> LoadedClassifier {
        let object = try #require(embeddedObjects.first { $0.name == Program.treeClass.rawValue })
        let image = try #require(Data(base64Encoded: object.base64.description))
        // It has no maps to pin.
        return try LoadedClassifier(try OpenObject(name: object.name, image: image).load(mapsPinnedIn: "/nowhere"))
    }

    func wanted(_ tree: QueueTree = sampleTree(), count: Int = 4) -> [HTBClass] {
        tree.htbClasses(trees: count) { _ in 1 }
    }

    func read() throws -> KernelQueues { try pair.netlink.readQueues(interface: pair.index) }

    func bring(_ tree: QueueTree = sampleTree()) throws {
        let changes = try read().changes(to: wanted(tree), in: trees)
        try pair.netlink.write(changes.prepare + changes.retire, interface: pair.index)
    }

    /// What each tree sent of a class, by tc.
    func sentPackets(_ minor: UInt32) throws -> [UInt64] {
        try (0..<trees.count).map { tree in
            let text = try run("tc -s class show dev v0 classid \(QueueID.text(QueueID.classID(minor, tree: tree)))")
            let words = text.split(whereSeparator: \.isWhitespace)
            return try #require(words.firstIndex(of: "pkt").flatMap { UInt64(words[$0 - 1]) })
        }
    }
}

/// Keeps the program in the kernel.
private final class LoadedClassifier {
    private let descriptor: FileDescriptor
    let id: UInt32

    init(_ descriptor: consuming FileDescriptor) throws {
        var info = bpf_prog_info()
        var length = UInt32(MemoryLayout<bpf_prog_info>.size)
        try #require(bpf_obj_get_info_by_fd(descriptor.raw, &info, &length) == 0)
        id = info.id
        self.descriptor = descriptor
    }
}
