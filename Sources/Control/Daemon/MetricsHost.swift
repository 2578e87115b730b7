import Logging
import Policy
import ServiceLifecycle
import Telemetry

/// Serves the metrics where the policy says, and moves when it says otherwise.
actor MetricsHost: Service {
    private(set) var endpoint: Policy.Metrics?
    private var serving: Task<Void, any Error>?
    private let makeServer: @Sendable (Policy.Metrics, _ onListening: @escaping @Sendable () -> Void) -> MetricsServer

    init(
        makeServer: @escaping @Sendable (Policy.Metrics, _ onListening: @escaping @Sendable () -> Void) -> MetricsServer
    ) {
        self.makeServer = makeServer
    }

    /// Serves there from now on, if `work` succeeds; where it fails, and while it lasts, the metrics stay where they
    /// were. One call at a time.
    ///
    /// - Throws: `ListenError`, before `work` begins, if the address cannot be had.
    func moving<T: Sendable>(to new: Policy.Metrics, _ work: @Sendable () async throws -> T) async throws -> T {
        guard new != endpoint else { return try await work() }
        let task = try await listen(new)
        do {
            let outcome = try await work()
            serving?.cancel()
            (endpoint, serving) = (new, task)
            return outcome
        } catch {
            task.cancel()
            throw error
        }
    }

    /// Serves until graceful shutdown.
    func run() async throws {
        try? await gracefulShutdown()
        serving?.cancel()
        try await serving?.value
    }

    private func listen(_ endpoint: Policy.Metrics) async throws -> Task<Void, any Error> {
        let (listening, isListening) = AsyncStream.makeStream(of: Void.self)
        let server = makeServer(endpoint) { isListening.yield() }
        let task = Task {
            defer { isListening.finish() }
            try await server.run()
        }
        if await listening.first(where: { true }) == nil { try await task.value }
        return task
    }
}
