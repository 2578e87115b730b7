import Feeds
import Logging
import Market
import NIOCore
import Policy
import Synchronization

/// Reads the feeds of the policy in force. One that a reload leaves as it was is not disturbed.
final class FeedRunner: Sendable {
    private struct Running {
        let feed: Volatility.Feed
        let service: FeedService
        let task: Task<Void, Never>
    }

    private let running = Mutex<[Running]>([])
    private let logger: Logger
    private let take: @Sendable ([Tick], Volatility.Feed) -> Void

    /// - Parameter take: gets what was read at once, on the feed's own thread.
    init(logger: Logger, take: @escaping @Sendable ([Tick], Volatility.Feed) -> Void) {
        self.logger = logger
        self.take = take
    }

    /// Reads these from now on, and no others.
    func read(_ feeds: [Volatility.Feed]) {
        running.withLock { running in
            for former in running where !feeds.contains(former.feed) { former.task.cancel() }
            running = feeds.map { feed in running.first { $0.feed == feed } ?? start(feed) }
        }
    }

    private func start(_ feed: Volatility.Feed) -> Running {
        let service = FeedService(feed, logger: logger) { [take] event in
            if case .ticks(let ticks) = event { take(ticks, feed) }
        }
        return Running(feed: feed, service: service, task: Task { try? await service.run() })
    }

    /// Ends all of them, and waits until they have.
    func stop() async {
        let ended = running.withLock { running in
            defer { running = [] }
            return running.map(\.task)
        }
        for task in ended { task.cancel() }
        for task in ended { await task.value }
    }

    var counters: [(feed: String, values: FeedCounters.Values)] {
        running.withLock { $0.map { ($0.feed.name, $0.service.counters.values) } }
    }
}
