import FoundationEssentials
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Policy
import ServiceLifecycle

/// Reads one feed until graceful shutdown, or until its task is cancelled. Whatever happens to its source, it tries
/// again, and says so once; but standard input ends only once, and then this does.
package struct FeedService: Service {
    /// What it has done so far.
    package let counters = FeedCounters()

    private let feed: Volatility.Feed
    private let logger: Logger
    private let loop: any EventLoop
    private let environment: FeedEnvironment
    private let deliver: @Sendable (FeedEvent) -> Void

    /// - Parameters:
    ///   - eventLoopGroup: One loop of it reads the feed.
    ///   - deliver: Called on that loop, in order; what it does, delays the next message.
    package init(
        _ feed: Volatility.Feed, logger: Logger,
        eventLoopGroup: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup,
        deliver: @escaping @Sendable (FeedEvent) -> Void
    ) {
        self.init(feed, logger: logger, eventLoopGroup: eventLoopGroup, environment: .init(), deliver: deliver)
    }

    init(
        _ feed: Volatility.Feed, logger: Logger, eventLoopGroup: any EventLoopGroup, environment: FeedEnvironment,
        deliver: @escaping @Sendable (FeedEvent) -> Void
    ) {
        self.feed = feed
        self.logger = {
            var logger = logger
            logger[metadataKey: "feed"] = "\(feed.name)"
            return logger
        }()
        self.loop = eventLoopGroup.next()
        self.environment = environment
        self.deliver = deliver
    }

    package func run() async throws {
        let reader = try await loop.submit { [feed, logger, loop, counters, environment, deliver] in
            NIOLoopBound(
                FeedReader(feed, logger: logger, counters: counters, now: environment.now, deliver: deliver),
                eventLoop: loop)
        }.get()
        await cancelWhenGracefulShutdown {
            switch feed.source {
            case .webSocket(let url):
                await WebSocketFeed(feed: feed, url: url, reader: reader, loop: loop, environment: environment).run()
            case .unixSocket(let path):
                await UnixSocketFeed(path: path, reader: reader, loop: loop, environment: environment).run()
            case .file(let path):
                await FileFeed(path: path, isFollowed: true, reader: reader, loop: loop, poll: environment.poll).run()
            case .standardInput:
                await StandardInputFeed(reader: reader, loop: loop, environment: environment).run()
            }
        }
    }
}

/// What a feed takes from the machine, and how patient it is.
struct FeedEnvironment: Sendable {
    /// Since 1970, ns.
    var now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1e9) }
    var timing = WebSocketTiming()
    var backoff = Backoff()
    /// Between two looks at a file that has been read to its end.
    var poll = Duration.milliseconds(200)
    /// For `wss://`: the system's roots, the host's name verified.
    var tls: TLSConfiguration = .makeClientConfiguration()
    /// nil: the system's.
    var resolver: (any Resolver & Sendable)?
    var standardInput: CInt = 0
}
