import FoundationEssentials
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Sockets
import SystemPackage

/// The daemon's end of the control socket: requests and answers, a line of JSON each, in order on each connection.
///
/// It runs until graceful shutdown, when requests already being handled still get their answers, or until its task is
/// cancelled. One process at a time serves a path; the socket file of a dead one is replaced.
package struct ControlServer: Service {
    /// The longest request, in bytes.
    static let requestLimit = 64 * 1024

    private let file: SocketFile
    private let logger: Logger
    private let patience: Duration
    private let onListening: @Sendable () async -> Void
    private let handler: @Sendable (ControlRequest) async -> ControlResponse

    /// - Parameters:
    ///   - path: `/run/shaper/<node>.sock`; the directory is made if it is missing.
    ///   - patience: How long a client may take to finish a request, and to take an answer.
    ///   - onListening: Called once, when clients can connect; they are answered as soon as it returns.
    ///   - handler: Called for every request, concurrently for different connections.
    package init(
        path: String, logger: Logger, patience: Duration = .seconds(10),
        onListening: @escaping @Sendable () async -> Void = {},
        handler: @escaping @Sendable (ControlRequest) async -> ControlResponse
    ) {
        self.file = SocketFile(path: path)
        self.logger = logger
        self.patience = patience
        self.onListening = onListening
        self.handler = handler
    }

    /// - Throws: `ControlSocketError` if the path is taken or unusable.
    package func run() async throws { try await claim().run() }

    /// Makes the path this process's, before it listens there: for a daemon that must know it is the only one before it
    /// touches anything.
    ///
    /// - Throws: `ControlSocketError` if another process has the path.
    package func claim() throws -> Claimed { Claimed(server: self, lock: try takeLock()) }

    /// A server that nobody else can be.
    package struct Claimed: Service {
        fileprivate let server: ControlServer
        fileprivate let lock: NodeLock

        /// - Throws: `ControlSocketError` if the path is unusable.
        package func run() async throws {
            // After the socket's name is gone: from then on it may be the next daemon's.
            defer { release() }
            do {
                try await server.file.checkFree()
                try await server.serve(try await server.listen())
            } catch is CancellationError {
                return
            } catch let error as SocketFileError {
                throw ControlSocketError(error)
            }
        }

        /// Gives the path up. `run` does so when it ends; for who does not get that far.
        package func release() { lock.release() }
    }

    private func serve(_ listener: NIOAsyncChannel<ControlConnection, Never>) async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await listener.executeThenClose { connections in
                let published = try file.publish()
                defer { published.remove() }
                if let warning = published.warning { logger.warning("\(warning)") }
                logger.info("control socket ready", metadata: ["path": "\(file.path)"])
                await onListening()
                try await withThrowingDiscardingTaskGroup { group in
                    for try await connection in connections {
                        group.addTask { await connection.serve() }
                    }
                }
            }
        } onCancelOrGracefulShutdown: {
            listener.channel.close(promise: nil)
        }
    }

    private func takeLock() throws -> NodeLock {
        do {
            let directory = FilePath(file.path).removingLastComponent().string
            if !directory.isEmpty {
                // Whatever the umask: who may write there may pose as the daemon.
                try FileManager.default.createDirectory(
                    atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
            }
            return try NodeLock(path: file.path + ".lock")
        } catch let held as NodeLock.Held {
            throw ControlSocketError.alreadyServed(path: file.path, pid: held.pid)
        } catch {
            throw ControlSocketError.system(path: file.path, operation: "locking", error: "\(error)")
        }
    }

    private func listen() async throws -> NIOAsyncChannel<ControlConnection, Never> {
        do {
            return try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.backlog, value: 1024)
                // A client may close its sending half after its last request, as "socat" and "nc" do.
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .bind(unixDomainSocketPath: file.draft, cleanupExistingSocketFile: true) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        ControlConnection(
                            stream: try ControlConnection.stream(on: channel, lineLimit: Self.requestLimit),
                            patience: patience, logger: logger, handler: handler)
                    }
                }
        } catch {
            throw ControlSocketError.from(error, path: file.path, operation: "listening at")
        }
    }
}
