import Logging
import NIOPosix
import ServiceLifecycle

/// Takes signals on a thread of its own, by the policy in force, whoever put it there.
struct SignalService: Service {
    private let loop: SignalLoop
    private let terms: @Sendable (SignalTerms?) async throws -> SignalTerms?

    /// Between looks at whether the policy in force is another one.
    static let interval = Duration.milliseconds(200)

    /// - Parameter terms: what holds now, given what held before.
    init(
        node: String, record: SignalRecord, logger: Logger,
        terms: @escaping @Sendable (SignalTerms?) async throws -> SignalTerms?
    ) {
        loop = SignalLoop(node: node, record: record, logger: logger)
        self.terms = terms
    }

    func run() async throws {
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        let taking = Task { [loop] in try await thread.runIfActive { loop.run() } }
        try? await cancelWhenGracefulShutdown {
            var former: SignalTerms?
            while true {
                if let now = try? await terms(former), now.applied != former?.applied {
                    former = now
                    loop.set(now)
                }
                try await Task.sleep(for: Self.interval)
            }
        }
        loop.stop()
        try await taking.value
        try await thread.shutdownGracefully()
    }
}
