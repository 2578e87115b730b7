import Synchronization

/// What a feed has done since it was made. It may be read at any time and from anywhere.
package final class FeedCounters: Sendable {
    private let messages = Atomic<Int>(0)
    private let ticks = Atomic<Int>(0)
    private let refused = Atomic<Int>(0)
    private let reconnects = Atomic<Int>(0)
    private let connected = Atomic<Bool>(false)

    package init() {}

    package struct Values: Sendable, Equatable {
        /// Messages or lines, whatever was in them.
        package var messages = 0
        package var ticks = 0
        /// Messages that could not be understood, and lines that were too long.
        package var refused = 0
        /// Attempts to have the source again, after the first.
        package var reconnects = 0
    }

    package var values: Values {
        Values(
            messages: messages.load(ordering: .relaxed), ticks: ticks.load(ordering: .relaxed),
            refused: refused.load(ordering: .relaxed), reconnects: reconnects.load(ordering: .relaxed))
    }

    /// The source is there.
    package var isConnected: Bool { connected.load(ordering: .relaxed) }

    func note(isConnected: Bool) { connected.store(isConnected, ordering: .relaxed) }

    func add(_ more: Values) {
        if more.messages > 0 { messages.add(more.messages, ordering: .relaxed) }
        if more.ticks > 0 { ticks.add(more.ticks, ordering: .relaxed) }
        if more.refused > 0 { refused.add(more.refused, ordering: .relaxed) }
        if more.reconnects > 0 { reconnects.add(more.reconnects, ordering: .relaxed) }
    }
}
