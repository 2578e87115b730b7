import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Policy

/// A feed from a WebSocket server, connected again whenever it is lost.
struct WebSocketFeed: Sendable {
    let feed: Volatility.Feed
    let url: String
    let reader: NIOLoopBound<FeedReader>
    let loop: any EventLoop
    let environment: FeedEnvironment

    func run() async {
        guard let target = WebSocketURL(url) else { return await lost("\(url) is no WebSocket URL") }
        var backoff = environment.backoff
        let clock = ContinuousClock()
        while !Task.isCancelled {
            var lived = Duration.zero
            let reason: String
            do {
                let session = try await connect(target)
                let start = clock.now
                reason = await session.end()
                lived = clock.now - start
            } catch {
                reason = "\(Self.text(error))"
            }
            if Task.isCancelled { break }
            await lost(reason)
            try? await Task.sleep(for: backoff.delay(after: lived, random: .random(in: 0...1)))
            if Task.isCancelled { break }
            loop.execute { reader.value.reconnecting() }
        }
    }

    private func lost(_ reason: String) async { try? await loop.submit { reader.value.lost(reason) }.get() }

    private static func text(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { "\($0.error)" } ?? "\(error.host) is not known"
        case ChannelError.inappropriateOperationForState, ChannelError.ioOnClosedChannel, ChannelError.eof:
            "the connection was cut before it was a WebSocket"
        default: "\(error)"
        }
    }

    /// An established connection.
    private struct Session: Sendable {
        let channel: any Channel
        let handler: NIOLoopBound<WebSocketHandler>
        let ended: EventLoopFuture<String>

        /// Waits for its end, and brings it about if the task is cancelled.
        func end() async -> String {
            await withTaskCancellationHandler {
                (try? await ended.get()) ?? "the connection was cut"
            } onCancel: {
                channel.eventLoop.execute { handler.value.leave() }
            }
        }
    }

    /// A look-up of a name cannot be cancelled; whoever waits for this can be.
    private func connect(_ target: WebSocketURL) async throws -> Session {
        let context = target.isSecure ? try NIOSSLContext(configuration: tls) : nil
        let opening = OpeningChannels()
        let session = loop.makePromise(of: Session.self)
        return try await withTaskCancellationHandler {
            Task {
                do {
                    session.succeed(try await open(target, context, opening))
                } catch {
                    session.fail(error)
                }
            }
            return try await session.futureResult.get()
        } onCancel: {
            opening.cancel()
            session.fail(CancellationError())
        }
    }

    private func open(
        _ target: WebSocketURL, _ context: NIOSSLContext?, _ opening: OpeningChannels
    ) async throws -> Session {
        let (channel, session) = try await ClientBootstrap(group: loop)
            .resolver(environment.resolver)
            .connectTimeout(TimeAmount(environment.timing.connect))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: target.host, port: target.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try opening.add(channel)
                    return (channel, try prepare(channel, target, context))
                }
            }
        do {
            return try await session.get()
        } catch {
            channel.close(promise: nil)
            throw error
        }
    }

    private var tls: TLSConfiguration {
        var tls = environment.tls
        tls.applicationProtocols = ["http/1.1"]
        tls.shutdownTimeout = TimeAmount(environment.timing.goodbye)
        return tls
    }

    /// On the event loop.
    private func prepare(
        _ channel: any Channel, _ target: WebSocketURL, _ context: NIOSSLContext?
    ) throws -> EventLoopFuture<Session> {
        let pipeline = channel.pipeline.syncOperations
        if let context {
            // An address is verified as such, and is no name to ask a server for.
            let isAddress = (try? SocketAddress(ipAddress: target.host, port: target.port)) != nil
            try pipeline.addHandler(
                NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : target.host))
        }
        let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(environment.timing.connect)) {
            channel.pipeline.fireErrorCaught(HandshakeError.timedOut(environment.timing.connect))
        }
        let upgrader = NIOTypedWebSocketClientUpgrader<EventLoopFuture<Session>>(
            maxFrameSize: WebSocketHandler.messageLimit, enableAutomaticErrorHandling: false
        ) { channel, _ in
            channel.eventLoop.makeCompletedFuture { channel.eventLoop.makeSucceededFuture(try begin(channel)) }
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: target.path,
            headers: ["Host": target.authority, "User-Agent": "shaper", "Content-Length": "0"])
        var configuration = NIOUpgradableHTTPClientPipelineConfiguration(
            upgradeConfiguration: .init(upgradeRequestHead: head, upgraders: [upgrader]) { channel in
                // The answer is handed on after this.
                channel.eventLoop.makeCompletedFuture {
                    try RefusedUpgrade.status(on: channel).flatMapThrowing { throw HandshakeError.refused(status: $0) }
                }
            })
        // Messages may come in one piece with the server's consent.
        configuration.leftOverBytesStrategy = .forwardBytes
        let session = try pipeline.configureUpgradableHTTPClientPipeline(configuration: configuration)
            .flatMap { $0 }
            .map { session in
                // Nothing can be sent before.
                session.handler.value.start()
                return session
            }
        session.whenComplete { _ in deadline.cancel() }
        return session
    }

    /// On the event loop, when the server has agreed.
    private func begin(_ channel: any Channel) throws -> Session {
        let ended = channel.eventLoop.makePromise(of: String.self)
        let handler = WebSocketHandler(
            reader: reader.value, subscription: Subscription(feed), timing: environment.timing,
            silence: environment.timing.silence(feed), ended: ended)
        do {
            try channel.pipeline.syncOperations.addHandler(handler)
        } catch {
            ended.fail(error)
            throw error
        }
        return Session(
            channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop), ended: ended.futureResult)
    }
}

enum HandshakeError: Error, CustomStringConvertible {
    case timedOut(Duration)
    case refused(status: UInt)

    var description: String {
        switch self {
        case .timedOut(let time): "no WebSocket within \(time)"
        case .refused(let status): "the server answers with HTTP status \(status)"
        }
    }
}

/// Reads the status of an answer that was not an upgrade.
private final class RefusedUpgrade: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let status: EventLoopPromise<UInt>

    private init(_ status: EventLoopPromise<UInt>) { self.status = status }

    static func status(on channel: any Channel) throws -> EventLoopFuture<UInt> {
        let promise = channel.eventLoop.makePromise(of: UInt.self)
        do {
            try channel.pipeline.syncOperations.addHandler(RefusedUpgrade(promise))
        } catch {
            promise.fail(error)
            throw error
        }
        return promise.futureResult
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) { status.succeed(head.status.code) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { status.fail(error) }

    func handlerRemoved(context: ChannelHandlerContext) { status.fail(ChannelError.eof) }

    func channelInactive(context: ChannelHandlerContext) { status.fail(ChannelError.eof) }
}

/// The channels of an attempt (one for each of the host's addresses), to be closed if it is cancelled; a later one is
/// refused.
private final class OpeningChannels: Sendable {
    /// nil once cancelled.
    private let channels = NIOLockedValueBox<[any Channel]?>([])

    func add(_ channel: any Channel) throws {
        let isWanted = channels.withLockedValue { channels in
            channels?.append(channel)
            return channels != nil
        }
        guard isWanted else { throw CancellationError() }
    }

    func cancel() {
        let open = channels.withLockedValue { channels in
            defer { channels = nil }
            return channels ?? []
        }
        for channel in open {
            channel.eventLoop.execute {
                // One of them may just have become a WebSocket.
                if let handler = try? channel.pipeline.syncOperations.handler(type: WebSocketHandler.self) {
                    handler.leave()
                } else {
                    channel.close(promise: nil)
                }
            }
        }
    }
}
