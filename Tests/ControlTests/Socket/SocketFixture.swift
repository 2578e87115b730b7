import Foundation
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import Control

/// A folder of its own for one test's sockets.
struct SocketFixture: ~Copyable {
    let folder = FileManager.default.temporaryDirectory.appending(path: "shaper-\(UUID().uuidString.prefix(8))").path()
    var path: String { folder + "/ny.sock" }

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs a server at `path` while `body` runs, then cancels it.
    static func withServer(
        at path: String, patience: Duration = .seconds(10),
        handler: @escaping @Sendable (ControlRequest) async -> ControlResponse = { _ in .success },
        body: @Sendable () async throws -> Void
    ) async throws {
        let (ready, becomesReady) = AsyncStream.makeStream(of: Void.self)
        let server = ControlServer(
            path: path, logger: quiet, patience: patience, onListening: { becomesReady.yield() }, handler: handler)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { becomesReady.finish() }
                try await server.run()
            }
            if await ready.first(where: { true }) != nil {
                try await body()
                group.cancelAll()
            }
            try await group.waitForAll()
        }
    }

    /// Asks whoever serves `path`, who should say yes and no more.
    static func expectSuccess(at path: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let answer = try await ControlClient.send(.status, to: path)
        #expect(answer == .success, sourceLocation: sourceLocation)
    }

    /// Leaves a socket file that nobody serves, as a killed daemon does.
    static func abandonSocket(at path: String) async throws {
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(unixDomainSocketPath: path + "~").get()
        // NIO removes the name it bound.
        try FileManager.default.moveItem(atPath: path + "~", toPath: path)
        try await listener.close()
    }

    /// The names in the folder.
    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } }
}

/// A client that says what it likes, byte by byte.
struct RawClient {
    private let stream: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    init(path: String) async throws {
        stream = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
    }

    /// Sends each part by itself, then closes its half if told to, and returns all lines until the daemon closes.
    func exchange(_ parts: String..., thenClose: Bool = true) async throws -> [String] {
        try await stream.executeThenClose { inbound, outbound in
            for part in parts { try await outbound.write(ByteBuffer(string: part)) }
            if thenClose { outbound.finish() }
            var received = ByteBuffer()
            do {
                for try await var part in inbound { received.writeBuffer(&part) }
            } catch let error as IOError where error.errnoCode == ECONNRESET {
                // The daemon closed with some of the request unread.
            }
            return String(buffer: received).split(separator: "\n").map(String.init)
        }
    }

    /// Leaves without a word.
    func close() async throws { try await stream.channel.close() }
}
