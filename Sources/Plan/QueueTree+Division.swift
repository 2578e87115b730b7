import Policy

/// An interface with several transmit queues can have a tree for each: then no two of them wait for one lock. The
/// trees lend each other nothing.
extension QueueTree {
    /// What speaks against a tree for each transmit queue.
    package enum Obstacle: Error, Sendable, Equatable, CustomStringConvertible {
        /// A flow is on one transmit queue, so each must carry all that is express, and have a quarter left for the rest.
        case express(BitRate, share: BitRate)
        /// All trees together would have more leaves than one may have.
        case leaves(Int, most: Int)

        package var description: String {
            switch self {
            case .express(let rate, let share):
                "express may be \(rate), and three quarters of a transmit queue's share of the link are \(share)"
            case .leaves(let count, let most): "they would have \(count) leaves, and \(most) is the most"
            }
        }
    }

    /// As many as one tree can have: 1024 slices of 8 classes. The kernel takes quadratic time to make them.
    private static let mostLeaves = 8192

    /// What speaks against `count` trees in the place of this one; nil: nothing.
    package func obstacle(to count: Int) -> Obstacle? {
        guard count > 1, let link = classes.first else { return nil }
        let share = link.rate.scaled(by: BitRate(bitsPerSecond: 3), over: BitRate(bitsPerSecond: UInt64(4 * count)))
        if let express = classes.first(where: { $0.role == .express })?.rate, express > share {
            return .express(express, share: share)
        }
        let leaves = count * classes.count { $0.queueLimit != nil }
        return leaves > Self.mostLeaves ? .leaves(leaves, most: Self.mostLeaves) : nil
    }

    /// One of `count` trees that have this one's rates together. Express has its whole rate in each: what its buckets
    /// let pass is bounded by them, wherever it goes. The other guarantees share what it leaves, so that a tree's never
    /// add up to more than its part of the link.
    package func divided(by count: Int) -> QueueTree {
        guard count > 1, let link = classes.first?.rate else { return self }
        let express = classes.first { $0.role == .express }?.rate ?? .zero
        let left = link.shared(by: count) - express
        var tree = self
        for place in classes.indices where classes[place].role != .express {
            let whole = classes[place]
            tree.classes[place].rate =
                whole.role == .link ? whole.rate.shared(by: count) : whole.rate.scaled(by: left, over: link - express)
            tree.classes[place].ceiling = whole.ceiling.shared(by: count)
            tree.classes[place].burst = max(whole.burst / count, min(whole.burst, largestSegment))
            tree.classes[place].ceilingBurst = max(whole.ceilingBurst / count, min(whole.ceilingBurst, largestSegment))
            // The same time at the share of the ceiling.
            tree.classes[place].queueLimit = whole.queueLimit.map { limit in
                max(limit / count, min(limit, QueueSizes.leastQueue(largestSegment)))
            }
        }
        return tree
    }
}

extension BitRate {
    fileprivate func shared(by count: Int) -> BitRate {
        BitRate(bitsPerSecond: max(bitsPerSecond / UInt64(count), 1))
    }

    fileprivate func scaled(by part: BitRate, over whole: BitRate) -> BitRate {
        guard whole.bitsPerSecond > 0 else { return self }
        let product = UInt128(bitsPerSecond) * UInt128(part.bitsPerSecond)
        return BitRate(bitsPerSecond: max(UInt64(product / UInt128(whole.bitsPerSecond)), 1))
    }
}
