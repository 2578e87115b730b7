import Logging
import ServiceLifecycle

/// Looks at the kernel every few seconds and puts right what is not as the policy wants it.
struct DriftWatch: Service {
    /// Between looks at what anybody with `ip` or `tc` may change: interfaces, queues, attachments, the generation.
    static let interval = Duration.seconds(2)
    /// Every so many looks, the maps are read as well: 8 MB, which only a debugger's hand changes.
    static let thoroughEvery = 15

    /// Returns when to look again at the latest; nil: there is no hurry.
    let look: @Sendable (_ thoroughly: Bool) async -> Duration?

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var count = 0
            var next: Duration?
            while true {
                try await Task.sleep(for: min(next ?? Self.interval, Self.interval))
                count += 1
                next = await look(count.isMultiple(of: Self.thoroughEvery))
            }
        }
    }
}
