import Glibc
import NIOCore
import NIOPosix
import Sockets
import SystemPackage

/// A stream socket of this process, to which any number of producers write lines.
struct UnixSocketFeed: Sendable {
    let path: String
    let reader: NIOLoopBound<FeedReader>
    let loop: any EventLoop
    let environment: FeedEnvironment

    /// Producers at the same time; more are turned away, so that one that forgets to close cannot use up descriptors.
    static let producerLimit = 64

    func run() async {
        var backoff = environment.backoff
        while !Task.isCancelled {
            let reason = await serve()
            if Task.isCancelled { return }
            try? await loop.submit { reader.value.lost(reason) }.get()
            try? await Task.sleep(for: backoff.delay(after: .zero, random: .random(in: 0...1)))
            if Task.isCancelled { return }
            loop.execute { reader.value.reconnecting() }
        }
    }

    /// - Returns: Why it is not being served any more.
    private func serve() async -> String {
        let file = SocketFile(path: path)
        do {
            try await file.checkFree()
            let producers = try await loop.submit { NIOLoopBound(Producers(reader.value), eventLoop: loop) }.get()
            let listener = try await ServerBootstrap(group: loop)
                .serverChannelOption(.backlog, value: 64)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try producers.value.accept(channel) }
                }
                .bind(unixDomainSocketPath: file.draft, cleanupExistingSocketFile: true).get()
            do {
                let published = try file.publish()
                defer { published.remove() }
                // Nobody writes yet; that is worth knowing, and no failure.
                try? await loop.submit {
                    if let warning = published.warning { reader.value.warn(warning) }
                    reader.value.lost(Producers.none)
                }.get()
                try await withTaskCancellationHandler {
                    try await listener.closeFuture.get()
                } onCancel: {
                    listener.close(promise: nil)
                }
                try? await loop.submit { producers.value.closeAll() }.get()
                return "the socket was closed"
            } catch {
                try? await listener.close()
                throw error
            }
        } catch {
            return text(error)
        }
    }

    private func text(_ error: any Error) -> String {
        switch error {
        case SocketFileError.noFolder(_, let folder):
            "\(error): mkdir -p \(folder), or start the daemon if it is the daemon's"
        case SocketAddressError.unixDomainSocketPathTooLong: "\(path) is too long for a socket"
        case let error as IOError where error.errnoCode == EACCES:
            "listening at \(path): \(Errno.permissionDenied): its folder must be open to whoever runs this"
        case let error as IOError: "listening at \(path): \(Errno(rawValue: error.errnoCode))"
        default: "\(error)"
        }
    }

    /// Who is connected. On the event loop.
    private final class Producers {
        static let none = "nobody is connected"

        private let reader: FeedReader
        private var channels: [ObjectIdentifier: any Channel] = [:]

        init(_ reader: FeedReader) { self.reader = reader }

        func accept(_ channel: any Channel) throws {
            guard channels.count < UnixSocketFeed.producerLimit else { throw TooManyProducers() }
            let id = ObjectIdentifier(channel)
            let handler = LineHandler(reader) { [self] in
                channels[id] = nil
                if channels.isEmpty { reader.lost(Self.none) }
            }
            try channel.pipeline.syncOperations.addHandler(handler)
            channels[id] = channel
            if channels.count == 1 { reader.connected() }
        }

        func closeAll() {
            for channel in channels.values { channel.close(promise: nil) }
        }
    }

    private struct TooManyProducers: Error {}
}
