import Foundation
import Testing

@testable import Control

/// A `shaperctl run` in a stage's namespace.
final class RunningDaemon: RunningCommand {
    /// Starts one and waits until it is ready.
    static func start(
        on stage: DaemonStage, environment: [String: String] = [:], wrapper: [String] = []
    ) async throws -> RunningDaemon {
        let daemon = try RunningDaemon(
            ["run", stage.policy], on: stage, environment: environment, wrapper: wrapper)
        let isReady = try await eventually { daemon.log.contains("is ready") || !daemon.isRunning }
        try #require(isReady && daemon.isRunning, "\(daemon.log)")
        return daemon
    }

    /// Starts one that should end by itself, and returns its exit code and what it said.
    static func refused(on stage: DaemonStage) async throws -> (code: Int32, log: String) {
        let daemon = try RunningDaemon("run", stage.policy, on: stage)
        return (try await daemon.finish().status, daemon.log)
    }

    func hangUp() { kill(pid, SIGHUP) }
}
