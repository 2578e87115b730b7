import FoundationEssentials
import NIOCore
import NIOPosix

/// A command's end of the control socket.
package enum ControlClient {
    /// The longest answer, in bytes: a node with every slice it may have fits several times over.
    private static let answerLimit = 64 * 1024 * 1024

    /// Asks the daemon behind the socket at `path` and waits for its answer, connecting included.
    ///
    /// - Throws: `ControlSocketError`. What the daemon refuses is not thrown here: see `ControlResponse.check()`.
    package static func send(
        _ request: ControlRequest, to path: String, timeout: Duration = .seconds(5)
    ) async throws -> ControlResponse {
        try await withThrowingTaskGroup(of: ControlResponse.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await exchange(request, path) }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw ControlSocketError.timedOut(path: path, after: timeout)
            }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    private static func exchange(_ request: ControlRequest, _ path: String) async throws -> ControlResponse {
        var line = ByteBuffer(bytes: try ControlJSON.encode(request))
        line.writeInteger(UInt8(ascii: "\n"))
        do {
            let stream = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try ControlConnection.stream(on: channel, lineLimit: answerLimit)
                    }
                }
            return try await stream.executeThenClose { answers, requests in
                try await requests.write(line)
                for try await answer in answers { return try response(answer, path) }
                try Task.checkCancellation()
                throw ControlSocketError.noAnswer(path: path)
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ControlSocketError.from(error, path: path, operation: "asking")
        }
    }

    private static func response(_ line: LineDecoder.Line, _ path: String) throws -> ControlResponse {
        guard case .complete(let bytes) = line,
            let response = ControlResponse(answer: Data(bytes.readableBytesView))
        else { throw ControlSocketError.badAnswer(path: path) }
        return response
    }
}
