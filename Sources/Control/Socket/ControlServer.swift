import FoundationEssentials
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SystemPackage

/// The daemon's end of the control socket: requests and answers, a line of JSON each, in order on each connection.
///
/// It runs until graceful shutdown, when requests already being handled still get their answers, or until its task is
/// cancelled. One process at a time serves a path; the socket file of a dead one is replaced.
package struct ControlServer: Service {
    /// The longest request, in bytes.
    static let requestLimit = 64 * 1024

    private let path: String
    private let logger: Logger
    private let patience: Duration
    private let onListening: @Sendable () async -> Void
    private let handler: @Sendable (ControlRequest) async -> ControlResponse

    /// - Parameters:
    ///   - path: `/run/shaper/<node>.sock`; the directory is made if it is missing.
    ///   - patience: How long a client may take to finish a request, and to take an answer.
    ///   - onListening: Called once, when requests are answered.
    ///   - handler: Called for every request, concurrently for different connections.
    package init(
        path: String, logger: Logger, patience: Duration = .seconds(10),
        onListening: @escaping @Sendable () async -> Void = {},
        handler: @escaping @Sendable (ControlRequest) async -> ControlResponse
    ) {
        self.path = path
        self.logger = logger
        self.patience = patience
        self.onListening = onListening
        self.handler = handler
    }

    /// - Throws: `ControlSocketError` if the path is taken or unusable.
    package func run() async throws {
        let lock = try takeLock()
        defer { lock.release() }
        try await clearPath()
        let listener = try await listen()
        // Before the lock is released; after that the path may be the next daemon's.
        let ours = try? Stat(FilePath(path)).inode
        defer {
            if ours != nil, (try? Stat(FilePath(path)).inode) == ours {
                try? FileManager.default.removeItem(atPath: path)
            }
        }
        admitGroup()
        logger.info("control socket ready", metadata: ["path": "\(path)"])
        await onListening()
        try await serve(listener)
    }

    private func serve(_ listener: NIOAsyncChannel<ControlConnection.Stream, Never>) async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await listener.executeThenClose { connections in
                try await withThrowingDiscardingTaskGroup { group in
                    for try await stream in connections {
                        group.addTask {
                            await ControlConnection(
                                stream: stream, patience: patience, logger: logger, handler: handler
                            ).serve()
                        }
                    }
                }
            }
        } onCancelOrGracefulShutdown: {
            listener.channel.close(promise: nil)
        }
    }

    private func takeLock() throws -> NodeLock {
        do {
            let directory = FilePath(path).removingLastComponent().string
            if !directory.isEmpty {
                // Whatever the umask: who may write there may pose as the daemon.
                try FileManager.default.createDirectory(
                    atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
            }
            return try NodeLock(path: path + ".lock")
        } catch let held as NodeLock.Held {
            throw ControlSocketError.alreadyServed(path: path, pid: held.pid)
        } catch {
            throw ControlSocketError.system(path: path, operation: "locking", error: "\(error)")
        }
    }

    /// Removes what a dead daemon left at the path.
    private func clearPath() async throws {
        guard let existing = try? Stat(FilePath(path), followTargetSymlink: false) else { return }
        guard existing.type == .socket else { throw ControlSocketError.notASocket(path: path) }
        // Whoever serves it does not know of the lock, but does serve it.
        if let other = try? await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(unixDomainSocketPath: path).get()
        {
            try? await other.close()
            throw ControlSocketError.alreadyServed(path: path, pid: nil)
        }
        try FileManager.default.removeItem(atPath: path)
    }

    private func listen() async throws -> NIOAsyncChannel<ControlConnection.Stream, Never> {
        do {
            return try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.backlog, value: 1024)
                // A client may close its sending half after its last request, as "socat" and "nc" do.
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .bind(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try ControlConnection.stream(on: channel, lineLimit: Self.requestLimit)
                    }
                }
        } catch {
            throw ControlSocketError.from(error, path: path, operation: "listening at")
        }
    }

    /// Root, and the group "shaper" where it exists.
    private func admitGroup() {
        do {
            try FileManager.default.setAttributes([.posixPermissions: 0o660], ofItemAtPath: path)
            try FileManager.default.setAttributes([.groupOwnerAccountName: "shaper"], ofItemAtPath: path)
        } catch {
            logger.debug("the control socket stays root's", metadata: ["error": "\(error)"])
        }
    }
}
