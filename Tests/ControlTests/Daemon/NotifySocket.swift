import NIOCore
import NIOPosix

/// The service manager's end of sd_notify(3).
struct NotifySocket {
    private let channel: NIOAsyncChannel<AddressedEnvelope<ByteBuffer>, AddressedEnvelope<ByteBuffer>>

    init(path: String) async throws {
        channel = try await DatagramBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
            }
    }

    /// The next messages, in their order.
    func first(_ count: Int) async throws -> [String] {
        try await channel.executeThenClose { inbound, _ in
            var messages: [String] = []
            for try await envelope in inbound {
                messages.append(String(buffer: envelope.data))
                if messages.count == count { break }
            }
            return messages
        }
    }
}
