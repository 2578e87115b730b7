import PolicySamples
import Testing

@testable import Plan
@testable import Policy

@Suite("The division of a queue tree")
struct QueueTreeDivisionTests {
    /// With express at a tenth of the link.
    private func tree(rate: UInt64) throws -> QueueTree {
        var policy = Build.example
        policy.underlay.rate = BitRate(bitsPerSecond: rate)
        policy.slices.append(Build.slice("late", 4203, guarantee: .percent(10), ceiling: .percent(20)))
        policy.slices[0].guarantee = .percent(40)
        return QueueTree(policy)
    }

    @Test(
        "gives all trees together no more than there was, and hardly less",
        arguments: [200_000_000, 10_000_000_000, 400_000_000_001] as [UInt64], [1, 2, 3, 4])
    func sums(rate: UInt64, count: Int) throws {
        let whole = try tree(rate: rate)
        #expect(whole.obstacle(to: count) == nil)
        let share = whole.divided(by: count)
        #expect(share.largestSegment == whole.largestSegment)
        #expect(share.classes.map(\.role) == whole.classes.map(\.role))
        for (one, all) in zip(share.classes, whole.classes) {
            #expect(one.parent == all.parent && one.priority == all.priority && one.quantum == all.quantum)
            let times = all.role == .express ? 1 : UInt64(count)
            #expect(one.rate.bitsPerSecond * times <= all.rate.bitsPerSecond, "\(all.role)")
            let parts = [.link, .express].contains(all.role) ? [(one.rate, all.rate)] : []
            for (part, sum) in parts + [(one.ceiling, all.ceiling)] {
                #expect(part.bitsPerSecond * times <= sum.bitsPerSecond, "\(all.role)")
                #expect((part.bitsPerSecond + 1) * times > sum.bitsPerSecond, "\(all.role)")
            }
            #expect(one.ceiling >= one.rate)
            #expect(min(one.burst, one.ceilingBurst) >= whole.largestSegment)
            #expect(one.burst <= all.burst && one.ceilingBurst <= all.ceilingBurst)
            #expect((one.queueLimit == nil) == (all.queueLimit == nil))
            if let limit = one.queueLimit { #expect(limit >= max(32_000, 2 * share.largestSegment)) }
        }
        for parent in share.classes where parent.queueLimit == nil {
            let children = share.classes.filter { $0.parent == parent.role }
            #expect(children.map(\.rate).reduce(.zero, +) <= parent.rate, "under \(parent.role)")
        }
    }

    @Test("by one is none")
    func one() throws {
        let whole = try tree(rate: 200_000_000)
        #expect(whole.divided(by: 1) == whole)
        #expect(whole.obstacle(to: 1) == nil)
    }

    @Test("is refused as soon as express is more than three quarters of a share of the link")
    func express() throws {
        var tree = try tree(rate: 400_000_000)
        let place = try #require(tree.classes.firstIndex { $0.role == .express })
        let share = BitRate(bitsPerSecond: tree.classes[0].rate.bitsPerSecond * 3 / 16)
        tree.classes[place].rate = share
        #expect(tree.obstacle(to: 4) == nil)
        tree.classes[place].rate.bitsPerSecond += 1
        #expect(tree.obstacle(to: 4) == .express(tree.classes[place].rate, share: share))
        #expect(tree.obstacle(to: 3) == nil)
        tree.classes.remove(at: place)
        #expect(tree.obstacle(to: 64) == nil, "without express there is nothing to keep whole")
    }

    @Test("is refused where all trees together had more leaves than one may have")
    func leaves() throws {
        var policy = Build.example
        policy.underlay.rate = BitRate(bitsPerSecond: 400_000_000_000)
        let number = QueueTree(policy).classes.count { $0.queueLimit != nil }
        var tree = QueueTree(policy)
        tree.classes.removeAll { $0.role == .express }
        let most = 8192 / (number - 1)
        #expect(tree.obstacle(to: most) == nil)
        #expect(tree.obstacle(to: most + 1) == .leaves((most + 1) * (number - 1), most: 8192))
    }

    @Test("a charge goes before it, and leaves it sound")
    func charge() throws {
        let whole = try tree(rate: 200_000_000)
        try #require(whole.obstacle(to: 4) == nil)
        let share = whole.charged(whole.largestCharge).divided(by: 4)
        let link = share.classes[0].rate
        let express = try #require(share.classes.first { $0.role == .express }).rate
        #expect(express == BitRate(bitsPerSecond: 1_000_000))
        let left = whole.classes[0].rate.bitsPerSecond - whole.largestCharge.bitsPerSecond
        #expect(link.bitsPerSecond == left / 4)
    }
}
