import Plan

/// Why several transmit queues share one tree of queues, whose lock is then the limit.
package struct SharedTree: Sendable, Equatable, CustomStringConvertible {
    package var interface: String
    package var transmitQueues: Int
    package var obstacle: QueueTree.Obstacle

    /// nil: there is one transmit queue, or each can have a tree of its own.
    package init?(_ tree: QueueTree, interface: String, transmitQueues: Int) {
        guard let obstacle = tree.obstacle(to: transmitQueues) else { return nil }
        self.interface = interface
        self.transmitQueues = transmitQueues
        self.obstacle = obstacle
    }

    package var description: String {
        "the \(transmitQueues) transmit queues of \(interface) share one tree of queues, and its lock: \(obstacle)"
    }
}
