import FoundationEssentials
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// One client of the control socket.
final class ControlConnection: Sendable {
    typealias Stream = NIOAsyncChannel<LineDecoder.Line, ByteBuffer>

    private let stream: Stream
    private let patience: Duration
    private let logger: Logger
    private let handler: @Sendable (ControlRequest) async -> ControlResponse

    init(
        stream: Stream, patience: Duration, logger: Logger,
        handler: @escaping @Sendable (ControlRequest) async -> ControlResponse
    ) {
        self.stream = stream
        self.patience = patience
        self.logger = logger
        self.handler = handler
    }

    /// A server that is cancelled drops the clients it has accepted and not begun to serve, and NIO stops a process
    /// that drops a stream without finishing it. Finishing twice does no harm.
    deinit { Task { [stream] in try? await stream.executeThenClose { _, _ in } } }

    /// Wraps a new channel, on either end. On the channel's event loop.
    static func stream(on channel: any Channel, lineLimit: Int) throws -> Stream {
        try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(LineDecoder(limit: lineLimit)))
        return try NIOAsyncChannel(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }

    /// Answers until the client is done, too slow, or the daemon shuts down.
    func serve() async {
        do {
            try await stream.executeThenClose { lines, _ in
                // Ends the input, so that the request being handled is the last.
                try await withTaskCancellationOrGracefulShutdownHandler {
                    try await answer(lines)
                } onCancelOrGracefulShutdown: { [stream] in
                    stream.channel.close(mode: .input, promise: nil)
                }
            }
        } catch {
            logger.debug("control connection ended", metadata: ["error": "\(error)"])
        }
    }

    private func answer(_ lines: NIOAsyncChannelInboundStream<LineDecoder.Line>) async throws {
        var lines = lines.makeAsyncIterator()
        while true {
            let reading = hangUpLater()
            let next = try await lines.next()
            reading.cancel()
            guard let line = next else { return }

            var answer = ByteBuffer(bytes: await response(to: line).line)
            answer.writeInteger(UInt8(ascii: "\n"))
            let writing = hangUpLater()
            // Not the stream's writer: it is content when the bytes are queued, and closing would drop what is.
            try await stream.channel.writeAndFlush(answer)
            writing.cancel()
            if line == .tooLong { return }
        }
    }

    private func response(to line: LineDecoder.Line) async -> ControlResponse {
        switch line {
        case .tooLong: return .failure("the request is longer than \(ControlServer.requestLimit) bytes")
        case .complete(let bytes):
            do throws(ControlFailure) {
                return await handler(try ControlJSON.request(from: Data(bytes.readableBytesView)))
            } catch {
                return .failure(error)
            }
        }
    }

    private func hangUpLater() -> Scheduled<Void> {
        stream.channel.eventLoop.scheduleTask(in: TimeAmount(patience)) { [stream] in
            stream.channel.close(promise: nil)
        }
    }
}
