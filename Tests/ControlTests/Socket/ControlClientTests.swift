import NIOCore
import NIOPosix
import Testing

@testable import Control

/// A client whose daemon is not what it should be.
@Suite("Control client", .timeLimit(.minutes(1)))
struct ControlClientTests {
    @Test("nobody there")
    func notRunning() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        await #expect(throws: ControlSocketError.notRunning(path: path)) {
            try await ControlClient.send(.status, to: path)
        }
    }

    @Test("nobody there any more")
    func died() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        try await SocketFixture.abandonSocket(at: path)
        await #expect(throws: ControlSocketError.notRunning(path: path)) {
            try await ControlClient.send(.status, to: path)
        }
    }

    @Test("a daemon that hangs is waited for until the deadline")
    func hangs() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        let forever: @Sendable (ControlRequest) async -> ControlResponse = { _ in
            try? await Task.sleep(for: .seconds(3600))
            return .success
        }
        try await SocketFixture.withServer(at: path, handler: forever) {
            let start = ContinuousClock.now
            await #expect(throws: ControlSocketError.timedOut(path: path, after: .milliseconds(200))) {
                try await ControlClient.send(.reload, to: path, timeout: .milliseconds(200))
            }
            let waited = ContinuousClock.now - start
            #expect(waited >= .milliseconds(200))
            #expect(waited < .seconds(60))
        }
    }

    @Test(
        "what is no daemon is not believed",
        arguments: [
            ("HTTP/1.1 400 Bad Request\r\n", true), ("{}\n", true), ("\n", true), ("", false),
        ])
    func impostor(says: String, answers: Bool) async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        let impostor = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Parrot(says: says))
                }
            }
            .bind(unixDomainSocketPath: path).get()
        await #expect(throws: answers ? ControlSocketError.badAnswer(path: path) : .noAnswer(path: path)) {
            try await ControlClient.send(.status, to: path)
        }
        try await impostor.close()
    }

    /// Answers whatever it hears with the same words, and hangs up.
    private final class Parrot: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let words: String
        init(says words: String) { self.words = words }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(NIOAny(ByteBuffer(string: words)), promise: nil)
            context.close(promise: nil)
        }
    }

    @Test("every error says what is wrong, and nearly every one what to do", arguments: ControlClientTests.errors)
    func wording(error: ControlSocketError, description: String, hasRemedy: Bool) {
        #expect(error.description == description)
        #expect((error.remedy != nil) == hasRemedy)
    }

    private static let errors: [(ControlSocketError, String, Bool)] = [
        (.notRunning(path: "/s"), "no shaperctl run answers at /s", true),
        (.notPermitted(path: "/s"), "/s: not permitted", true),
        (.timedOut(path: "/s", after: .milliseconds(1500)), "no answer from /s within 1.5 seconds", true),
        (.noAnswer(path: "/s"), "/s closed the connection without an answer", true),
        (.badAnswer(path: "/s"), "what answers at /s is not shaperctl run", true),
        (.alreadyServed(path: "/s", pid: 7), "another shaperctl run is serving this node, pid 7", true),
        (.alreadyServed(path: "/s", pid: nil), "another process is serving /s", true),
        (.notASocket(path: "/s"), "/s exists and is not a socket", true),
        (.pathTooLong(path: "/s"), "/s is too long for a socket, which may have 103 bytes", false),
        (.system(path: "/s", operation: "asking", error: "EIO"), "asking /s: EIO", false),
    ]
}
