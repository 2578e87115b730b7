import Policy

/// What XDP sends is charged to nobody: the queues behind the shaper would grow by it. So the link is taken to be
/// narrower by as much, and the express leaf, whose share that traffic has used, too: the sums stay what they were.
extension QueueTree {
    /// What the express leaf keeps, for express packets that go through the queues.
    private static let leastExpress = BitRate(bitsPerSecond: 1_000_000)

    /// The most that can be charged: all that buckets let go express.
    package var largestCharge: BitRate {
        let express = classes.first { $0.role == .express }?.rate.bitsPerSecond ?? 0
        return BitRate(bitsPerSecond: express - min(express, Self.leastExpress.bitsPerSecond))
    }

    /// The tree that gives way to `rate` of traffic past the queues.
    package func charged(_ rate: BitRate) -> QueueTree {
        let less = min(rate.bitsPerSecond, largestCharge.bitsPerSecond)
        guard less > 0 else { return self }
        var tree = self
        for place in tree.classes.indices where [.link, .express].contains(tree.classes[place].role) {
            tree.classes[place].rate.bitsPerSecond -= less
            tree.classes[place].ceiling.bitsPerSecond -= min(less, tree.classes[place].ceiling.bitsPerSecond - 1)
        }
        return tree
    }
}
