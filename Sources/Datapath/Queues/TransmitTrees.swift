/// How an interface's queues are laid out: an HTB as its root or, under an mq, one for each of its transmit queues.
package struct TransmitTrees: Sendable, Equatable {
    /// 1: an HTB is the root.
    package var count: Int
    /// The kernel's number of the program that finds a packet's class in all trees but the first; nil: it is not
    /// loaded yet.
    package var classifier: UInt32?

    package init(count: Int = 1, classifier: UInt32? = nil) {
        self.count = count
        self.classifier = classifier
    }

    /// The trees that need the program: `skb->priority` names classes of the first.
    var filtered: Range<Int> { 1..<max(count, 1) }
}
