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
        /// It was standard input.
        var hasEnded = false
    }

    private let running = Mutex<[Running]>([])
    private let logger: Logger
    private let isRehearsal: Bool
    private let take: @Sendable ([Tick], Volatility.Feed) -> Void

    /// - Parameters:
    ///   - isRehearsal: sockets that the policy names are left to the daemon.
    ///   - take: gets what was read at once, on the feed's own thread.
    init(
        logger: Logger, isRehearsal: Bool = false, take: @escaping @Sendable ([Tick], Volatility.Feed) -> Void
    ) {
        self.logger = logger
        self.isRehearsal = isRehearsal
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
        let service = FeedService(isRehearsal ? rehearsed(feed) : feed, logger: logger) { [take] event in
            if case .ticks(let ticks) = event { take(ticks, feed) }
        }
        let task = Task {
            try? await service.run()
            running.withLock { running in
                for place in running.indices where running[place].service.counters === service.counters {
                    running[place].hasEnded = true
                }
            }
        }
        return Running(feed: feed, service: service, task: task)
    }

    /// The same where no daemon listens.
    private func rehearsed(_ feed: Volatility.Feed) -> Volatility.Feed {
        guard case .unixSocket(let path) = feed.source else { return feed }
        var aside = feed
        aside.source = .unixSocket(path: path + ".dry-run")
        logger.notice("feed \(feed.name): a dry run listens at \(path).dry-run; write a copy of the prices there")
        return aside
    }

    /// There are feeds, and none of them will ever say anything again.
    var areOver: Bool { running.withLock { !$0.isEmpty && $0.allSatisfy(\.hasEnded) } }

    /// Ends all of them, and waits until they have.
    func stop() async {
        let ended = running.withLock { running in
            defer { running = [] }
            return running.map(\.task)
        }
        for task in ended { task.cancel() }
        for task in ended { await task.value }
    }

    var facts: [FeedFacts] {
        running.withLock { $0.map { FeedFacts(name: $0.feed.name, $0.service.counters) } }
    }
}
