import Logging
import NIOCore
import NIOPosix
import NIOWebSocket
import Policy
import Testing

@testable import Feeds

@Suite struct WebSocketHandlerTests {
    /// Counts what would be sent.
    private final class Outlet: ChannelOutboundHandler {
        typealias OutboundIn = WebSocketFrame

        var frames = 0

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            frames += 1
            promise?.succeed()
        }
    }

    @Test(arguments: [WebSocketOpcode.text, .ping])
    func `answers are not heaped up for a server that does not read them`(question: WebSocketOpcode) async throws {
        try await withFolder { folder in
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let deaf = try await ServerBootstrap(group: loop).childChannelOption(.autoRead, value: false)
                .bind(unixDomainSocketPath: folder + "/server.sock").get()
            let channel = try await ClientBootstrap(group: loop)
                .connect(unixDomainSocketPath: folder + "/server.sock").get()
            let answered = try await loop.submit {
                let feed = Volatility.Feed.sample(.webSocket(url: "ws://x/"), .deribit, symbol: "X")
                let reader = FeedReader(
                    feed, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, counters: FeedCounters(),
                    now: { 42 }, deliver: { _ in })
                let outlet = Outlet()
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandlers([
                    outlet,
                    WebSocketHandler(
                        reader: reader, subscription: Subscription(feed), timing: WebSocketTiming(),
                        silence: .seconds(60), ended: loop.makePromise()),
                ])
                let message = #"{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}"#
                let frame = WebSocketFrame(fin: true, opcode: question, data: ByteBuffer(string: message))
                pipeline.fireChannelRead(NIOAny(frame))
                let before = outlet.frames
                // More than the socket takes.
                try pipeline.context(handler: outlet)
                    .writeAndFlush(NIOAny(ByteBuffer(repeating: 0, count: 1 << 24)), promise: nil)
                pipeline.fireChannelRead(NIOAny(frame))
                return (before: before, after: outlet.frames)
            }.get()
            #expect(answered == (before: 1, after: 1))
            try await channel.close()
            try await deaf.close()
        }
    }
}
