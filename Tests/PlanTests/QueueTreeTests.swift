import PolicySamples
import Testing

@testable import Plan
@testable import Policy

@Suite("The queue tree")
struct QueueTreeTests {
    @Test("of the example has these rates, priorities and bytes")
    func example() throws {
        let tree = try DesiredState(Build.example).queues
        let expected = """
            link under root: prio 0, 190mbit to 190mbit, burst 2375 2375, quantum 2375
            express under link: prio 0, 29.925mbit to 29.925mbit, burst 7950 7950, quantum 2375, queue 187031
            own under link: prio 7, 3.8mbit to 190mbit, burst 2375 2375, quantum 2375, queue 32000
            common under link: prio 0, 61.275mbit to 190mbit, burst 2375 2375, quantum 2375
            common 0 under common: prio 1, 1mbit to 190mbit, burst 2375 2375, quantum 2375, queue 1187500
            common 1 under common: prio 1, 15.31875mbit to 190mbit, burst 2375 2375, quantum 2375, queue 1187500
            common 2 under common: prio 2, 15.31875mbit to 190mbit, burst 2375 2375, quantum 2375, queue 1187500
            common 3 under common: prio 3, 15.31875mbit to 190mbit, burst 2375 2375, quantum 2375, queue 475000
            common 4 under common: prio 4, 3.06375mbit to 190mbit, burst 2375 2375, quantum 2375, queue 1187500
            4201 under link: prio 0, 95mbit to 190mbit, burst 2375 2375, quantum 3682
            4201 0 under 4201: prio 1, 1mbit to 190mbit, burst 2375 2375, quantum 3682, queue 1187500
            4201 1 under 4201: prio 1, 23.75mbit to 190mbit, burst 2375 2375, quantum 3682, queue 1187500
            4201 2 under 4201: prio 2, 23.75mbit to 190mbit, burst 2375 2375, quantum 3682, queue 1187500
            4201 3 under 4201: prio 3, 23.75mbit to 190mbit, burst 2375 2375, quantum 3682, queue 475000
            4201 4 under 4201: prio 4, 4.75mbit to 95mbit, burst 2375 2375, quantum 3682, queue 593750
            """
        #expect(tree.classes.map(describe).joined(separator: "\n") == expected)
        #expect(tree.largestSegment == 2375)
    }

    @Test(
        "never promises more than there is, and starves nobody",
        arguments: [20_000_000, 200_000_000, 10_000_000_000, 400_000_000_000] as [UInt64])
    func invariants(rate: UInt64) throws {
        var policy = Build.example
        policy.underlay.rate = BitRate(bitsPerSecond: rate)
        policy.slices.append(Build.slice("late", 4203, guarantee: .percent(10), ceiling: .percent(20)))
        policy.slices[0].guarantee = .percent(40)
        // The smallest link cannot hold every leaf's floor; the validator says so, and the tree stays well-formed.
        let fits = rate > 20_000_000
        let state = try DesiredState(policy)
        let tree = state.queues
        var seen: Set<QueueRole> = []
        for queue in tree.classes {
            #expect(seen.insert(queue.role).inserted, "\(queue.role) is there once")
            if let parent = queue.parent { #expect(seen.contains(parent), "parents come first") }
            #expect(queue.rate.bitsPerSecond >= 1_000_000)
            #expect(queue.ceiling >= queue.rate)
            #expect((0...7).contains(queue.priority))
            #expect(queue.burst >= tree.largestSegment && queue.ceilingBurst >= tree.largestSegment)
            #expect(queue.quantum >= tree.largestSegment)
            let children = tree.classes.filter { $0.parent == queue.role }
            #expect(children.isEmpty == (queue.queueLimit != nil), "leaves queue, inner classes do not")
            if fits, !children.isEmpty {
                #expect(children.map(\.rate).reduce(.zero, +) <= queue.rate, "under \(queue.role)")
            }
            if let limit = queue.queueLimit { #expect(limit >= max(32_000, 2 * tree.largestSegment)) }
        }
        let express = try #require(tree.classes.first { $0.role == .express })
        #expect(state.buckets.map(\.rate).reduce(.zero, +) < express.rate)
        #expect(state.buckets.map(\.burst).reduce(0, +) <= express.burst)
        #expect(express.rate == express.ceiling && express.burst == express.ceilingBurst)
        #expect(tree.classes.filter { $0.priority == 0 && $0.queueLimit != nil }.map(\.role) == [.express])
    }

    @Test(
        "limits super-packets to 100 us of the link, within a packet and 64 KB",
        arguments: [
            (1_000_000, 1600), (100_000_000, 1600), (1_000_000_000, 11_875), (5_000_000_000, 59_375),
            (100_000_000_000, 65_536),
        ] as [(UInt64, Int)])
    func largestSegment(rate: UInt64, bytes: Int) throws {
        var policy = Build.example
        policy.underlay.rate = BitRate(bitsPerSecond: rate)
        #expect(try DesiredState(policy).queues.largestSegment == bytes)
    }

    @Test("gives a demoted packet the turn of the queued class that follows, and stops at 7")
    func priorities() throws {
        let lanes: [Policy.Lane] = [.queue, .express, .queue, .express, .queue, .queue, .queue, .queue]
        let classes = lanes.enumerated().map { index, lane in
            Build.trafficClass("c\(index)", lane, ceiling: .percent(5), isDefault: index == 0)
        }
        func priorities(_ classes: [Policy.TrafficClass]) throws -> [Int] {
            let policy = Build.policy(classes: classes, slices: [Build.slice("perp", 4201, guarantee: .percent(50))])
            return try DesiredState(policy).queues.classes.filter { $0.parent == .slice(vni: 4201) }.map(\.priority)
        }
        #expect(try priorities(classes) == [1, 2, 2, 3, 3, 4, 5, 6])
        let sevenQueued = (0..<8).map { index in
            Build.trafficClass("c\(index)", index == 7 ? .express : .queue, ceiling: .percent(5), isDefault: index == 0)
        }
        #expect(try priorities(sevenQueued) == [1, 2, 3, 4, 5, 6, 7, 7])
    }

    @Test("divides turns between slices as their guarantees are, up to 100 to 1")
    func quanta() throws {
        func quanta(_ large: UInt64, _ small: UInt64) throws -> [Int] {
            let policy = Build.policy(
                rate: 10_000_000_000, classes: [Build.trafficClass("bulk", isDefault: true)],
                slices: [
                    Build.slice("large", 1, guarantee: Build.mbit(large)),
                    Build.slice("small", 2, guarantee: Build.mbit(small)),
                ])
            return try DesiredState(policy).queues.classes.compactMap { queue in
                if case .sliceLeaf = queue.role { queue.quantum } else { nil }
            }
        }
        #expect(try quanta(800, 100) == [8 * 65_536, 65_536])
        #expect(try quanta(5000, 5) == [100 * 65_536, 65_536])
    }

    @Test("leaves out what nobody uses: express without express classes, common where all slices have quotas")
    func minimal() throws {
        let policy = Build.policy(
            classes: [Build.trafficClass("bulk", isDefault: true)],
            slices: [Build.slice("perp", 4201, ceiling: .percent(50))])
        #expect(
            try DesiredState(policy).queues.classes.map(\.role)
                == [.link, .own, .slice(vni: 4201), .sliceLeaf(vni: 4201, trafficClass: 0)])
    }

    @Test("needs a handful of queues for 4,096 slices without quotas")
    func commonSlices() throws {
        var policy = Build.example
        policy.slices = (1...4096).map { Build.slice("s\($0)", $0) }
        policy.rules.removeFirst()
        let state = try DesiredState(policy)
        #expect(state.queues.classes.count == 4 + policy.classes.count)
        #expect(state.buckets.map(\.vni) == [nil])
        #expect(state.classifier.ruleSets.count == 1)
    }

    @Test("keeps a queue's bytes within 32 bits, whatever the file says")
    func hugeQueues() throws {
        var policy = Build.example
        policy.underlay.rate = BitRate(bitsPerSecond: .max)
        policy.classes[1].queue = .seconds(Int64.max)
        let limits = try DesiredState(policy).queues.classes.compactMap(\.queueLimit)
        #expect(limits.contains(Int(UInt32.max)) && limits.allSatisfy { $0 <= Int(UInt32.max) })
    }

    private func describe(_ queue: QueueClass) -> String {
        let tail = queue.queueLimit.map { ", queue \($0)" } ?? ""
        return "\(name(queue.role)) under \(queue.parent.map(name) ?? "root"): prio \(queue.priority), "
            + "\(queue.rate) to \(queue.ceiling), burst \(queue.burst) \(queue.ceilingBurst), quantum \(queue.quantum)"
            + tail
    }

    private func name(_ role: QueueRole) -> String {
        switch role {
        case .link: "link"
        case .express: "express"
        case .own: "own"
        case .common: "common"
        case .commonLeaf(let trafficClass): "common \(trafficClass)"
        case .slice(let vni): "\(vni)"
        case .sliceLeaf(let vni, let trafficClass): "\(vni) \(trafficClass)"
        }
    }
}
