import FoundationEssentials
import Logging
import NIOCore
import NIOPosix

/// Tells the service manager that started the process how it is, where one wants to know (sd_notify(3)).
struct ServiceManager: Sendable {
    enum State: String {
        case ready = "READY=1"
        case reloading = "RELOADING=1"
        case stopping = "STOPPING=1"
    }

    private let path: String?
    private let logger: Logger

    init(environment: [String: String] = ProcessInfo.processInfo.environment, logger: Logger) {
        // A leading @ stands for the zero byte of an abstract socket's name.
        path = environment["NOTIFY_SOCKET"].map { $0.hasPrefix("@") ? "\0" + $0.dropFirst() : $0 }
        self.logger = logger
    }

    func tell(_ state: State) async {
        guard let path else { return }
        do {
            let channel = try await DatagramBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(unixDomainSocketPath: path).get()
            try await channel.writeAndFlush(ByteBuffer(string: state.rawValue))
            try await channel.close()
        } catch {
            logger.warning("the service manager could not be told \(state.rawValue): \(error)")
        }
    }
}
