import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// A WebSocket server on loopback that does what a test tells it to, connection by connection.
struct WebSocketServer: Sendable {
    let port: Int
    private let listener: any Channel

    typealias Script = @Sendable (_ number: Int, _ connection: Connection) async throws -> Void

    /// - Parameter script: Called for each connection, counted from 0; the connection is closed when it returns.
    static func start(tls: NIOSSLContext? = nil, _ script: @escaping Script) async throws -> WebSocketServer {
        let group = MultiThreadedEventLoopGroup.singleton
        let loop = group.next()
        let numbers = try await loop.submit { NIOLoopBoundBox(0, eventLoop: loop) }.get()
        let upgrader: @Sendable (any Channel) -> NIOTypedWebSocketServerUpgrader<Void> = { _ in
            NIOTypedWebSocketServerUpgrader(
                maxFrameSize: 1 << 22, shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) }
            ) { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    let (frames, sink) = AsyncStream.makeStream(of: Received.self)
                    try channel.pipeline.syncOperations.addHandler(Collector(sink))
                    let connection = Connection(channel: channel, received: frames)
                    let number = numbers.value
                    numbers.value += 1
                    Task {
                        try? await script(number, connection)
                        try? await channel.close()
                    }
                }
            }
        }
        let listener = try await ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    _ = try pipeline.configureUpgradableHTTPServerPipeline(
                        configuration: .init(
                            upgradeConfiguration: .init(upgraders: [upgrader(channel)]) { channel in
                                channel.close()
                            }))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return WebSocketServer(port: listener.localAddress?.port ?? 0, listener: listener)
    }

    func stop() async { try? await listener.close() }

    struct Received: Sendable, Equatable {
        var opcode: WebSocketOpcode
        var text: String
    }

    struct Connection: Sendable {
        let channel: any Channel
        let received: AsyncStream<Received>

        func text(_ text: String) async throws { try await frame(.text, text) }

        func frame(_ opcode: WebSocketOpcode, _ text: String, fin: Bool = true) async throws {
            try await channel.writeAndFlush(WebSocketFrame(fin: fin, opcode: opcode, data: ByteBuffer(string: text)))
        }

        /// One after the other, in as few pieces as they fit into.
        func frames(_ frames: [(opcode: WebSocketOpcode, text: String, fin: Bool)]) async throws {
            for (opcode, text, fin) in frames {
                channel.write(WebSocketFrame(fin: fin, opcode: opcode, data: ByteBuffer(string: text)), promise: nil)
            }
            // An empty pong means nothing.
            try await frame(.pong, "")
        }

        func texts(_ texts: some Sequence<String>) async throws { try await frames(texts.map { (.text, $0, true) }) }

        /// As they are, where a frame would begin.
        func raw(_ bytes: [UInt8]) async throws {
            try await channel.eventLoop.flatSubmit {
                do {
                    let context = try channel.pipeline.syncOperations.context(handlerType: WebSocketFrameEncoder.self)
                    return context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)))
                } catch {
                    return channel.eventLoop.makeFailedFuture(error)
                }
            }.get()
        }

        /// The next frame of this kind, whatever comes before it; nil if the client goes.
        func next(_ opcode: WebSocketOpcode) async -> String? {
            for await frame in received where frame.opcode == opcode { return frame.text }
            return nil
        }

        /// Until the client goes.
        func listen() async { for await _ in received {} }
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = WebSocketFrame

        private let sink: AsyncStream<Received>.Continuation

        init(_ sink: AsyncStream<Received>.Continuation) { self.sink = sink }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = unwrapInboundIn(data)
            sink.yield(Received(opcode: frame.opcode, text: String(buffer: frame.unmaskedData)))
        }

        func channelInactive(context: ChannelHandlerContext) { sink.finish() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// Consents to a WebSocket and sends its first message in the same write.
final class HastyServer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var request = ""
    private let message: [UInt8]

    /// - Parameter message: At most 125 bytes.
    init(_ message: [UInt8]) { self.message = message }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        request += String(buffer: unwrapInboundIn(data))
        guard request.hasSuffix("\r\n\r\n"),
            let key = request.firstMatch(of: /(?i)sec-websocket-key: *(\S+)/)?.1,
            let accept = try? Recordings.run(
                "sh", "-c",
                "printf %s \(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11 | openssl dgst -sha1 -binary | openssl base64")
        else { return }
        request = ""
        var answer = ByteBuffer(
            string: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
                + "Sec-WebSocket-Accept: \(accept.trimmingCharacters(in: .whitespacesAndNewlines))\r\n\r\n")
        answer.writeBytes([0x81, UInt8(message.count)])
        answer.writeBytes(message)
        context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
    }
}

/// Never knows.
struct SilentResolver: Resolver {
    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { Self.nothing() }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { Self.nothing() }

    func cancelQueries() {}

    private static func nothing() -> EventLoopFuture<[SocketAddress]> {
        MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: .hours(1)) { [] }.futureResult
    }
}
