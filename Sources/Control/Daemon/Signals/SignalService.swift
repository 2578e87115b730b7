import Logging
import NIOPosix
import ServiceLifecycle

/// Takes signals on a thread of its own, by the policy in force, whoever put it there.
struct SignalService: Service {
    private let loop: SignalLoop
    private let terms: @Sendable (SignalTerms?) async throws -> SignalTerms?

    /// Between looks at whether what is in force is something else.
    private static let interval = Duration.milliseconds(200)
    /// The same while nobody may signal.
    private static let idleInterval = Duration.seconds(1)

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
        await cancelWhenGracefulShutdown { await follow(on: thread) }
        try await thread.shutdownGracefully()
    }

    /// The thread is busy only while somebody may signal.
    private func follow(on thread: NIOThreadPool) async {
        var former: SignalTerms?
        var taking: Task<Void, any Error>?
        while !Task.isCancelled {
            if let now = try? await terms(former), now.origin != former?.origin {
                former = now
                loop.set(now)
                if taking == nil { taking = Task { [loop] in try await thread.runIfActive { loop.run() } } }
                if now.signals == nil {
                    try? await taking?.value
                    taking = nil
                }
            }
            try? await Task.sleep(for: former?.signals == nil ? Self.idleInterval : Self.interval)
        }
        loop.stop()
        try? await taking?.value
    }
}
