import ServiceLifecycle

/// Has the queues give way to what XDP sends past them, every few milliseconds; idle where no port is read by XDP.
struct ExpressCharge: Service {
    /// Longer, and a queue grows behind the shaper before anybody notices.
    static let interval = Duration.milliseconds(5)
    static let idleInterval = Duration.seconds(1)

    /// - Returns: false: there is no XDP to look after.
    let adjust: @Sendable () async -> Bool

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                let isNeeded = await adjust()
                try await Task.sleep(for: isNeeded ? Self.interval : Self.idleInterval)
            }
        }
    }
}
