import Glibc
import NIOCore
import NIOPosix
import SystemPackage

/// Lines from standard input, until it ends.
struct StandardInputFeed: Sendable {
    let reader: NIOLoopBound<FeedReader>
    let loop: any EventLoop
    let environment: FeedEnvironment

    func run() async {
        // NIO closes what it is given.
        let input = dup(environment.standardInput)
        guard input >= 0 else { return await lost("there is no standard input") }
        guard Self.canBeWaitedFor(input) else {
            close(input)
            let path = "/proc/self/fd/\(environment.standardInput)"
            await FileFeed(path: path, isFollowed: false, reader: reader, loop: loop, poll: environment.poll).run()
            return
        }
        let channel: any Channel
        do {
            channel = try await NIOPipeBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        reader.value.connected()
                        try channel.pipeline.syncOperations.addHandler(LineHandler(reader.value) {})
                    }
                }
                .takingOwnershipOfDescriptor(input: input).get()
        } catch {
            close(input)
            return await lost("standard input cannot be read: \(error)")
        }
        await withTaskCancellationHandler {
            try? await channel.closeFuture.get()
        } onCancel: {
            channel.close(promise: nil)
        }
        await lost("standard input has ended")
    }

    /// Files and /dev/null cannot be; they can be read to their end. NIO ends the process where it cannot wait.
    private static func canBeWaitedFor(_ descriptor: CInt) -> Bool {
        switch try? Stat(FileDescriptor(rawValue: descriptor)).type {
        case .fifo, .socket: true
        case .characterSpecial: isatty(descriptor) == 1
        default: false
        }
    }

    private func lost(_ reason: String) async {
        if !Task.isCancelled { try? await loop.submit { reader.value.lost(reason) }.get() }
    }
}
