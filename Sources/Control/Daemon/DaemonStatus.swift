/// What the daemon tells about itself: the answer to `status` on the control socket.
package struct DaemonStatus: Codable, Sendable, Equatable {
    package var node: String
    package var version: String
    package var pid: Int32
    /// Of the policy image in force; 0: none.
    package var generation: UInt32
    /// Where the policy in force came from; nil: none is.
    package var policy: String?
    /// Seconds since 1970.
    package var appliedAt: Double?
    /// nil: the policy stays in force.
    package var trial: TrialFacts?
    package var overrides: Int
    package var lastReloadSucceeded: Bool
    /// Changes by others that were put right since the daemon began.
    package var driftRepairs: UInt64
    /// Why the kernel is not as the policy wants it, and cannot be made so; nil: all is well.
    package var trouble: String?
    /// nil: no market is watched.
    package var market: MarketFacts?
}
