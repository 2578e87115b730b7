import Logging
import ServiceLifecycle

/// Looks at the kernel every few seconds and puts right what is not as the policy wants it.
struct DriftWatch: Service {
    /// Between looks at what anybody with `ip` or `tc` may change: interfaces, queues, attachments, the generation.
    static let interval = Duration.seconds(2)
    /// Every so many looks, the maps are read as well: 8 MB, which only a debugger's hand changes.
    static let thoroughEvery = 15

    let look: @Sendable (_ thoroughly: Bool) async -> Void

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var count = 0
            while true {
                try await Task.sleep(for: Self.interval)
                count += 1
                await look(count.isMultiple(of: Self.thoroughEvery))
            }
        }
    }
}
