import Foundation
import Testing

@testable import Control

/// A `shaperctl run` in a stage's namespace.
final class RunningDaemon {
    private let process = Process()
    private let logFile: String

    /// The binary that was built with the tests.
    static let shaperctl = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "shaperctl").path()

    /// Starts one and waits until it is ready.
    static func start(on stage: DaemonStage, environment: [String: String] = [:]) async throws -> RunningDaemon {
        let daemon = try RunningDaemon(on: stage, environment: environment)
        let isReady = try await eventually { try daemon.log.contains("is ready") || !daemon.process.isRunning }
        try #require(isReady && daemon.process.isRunning, "\(try daemon.log)")
        return daemon
    }

    /// Starts one that should end by itself, and returns its exit code and what it said.
    static func refused(on stage: DaemonStage) async throws -> (code: Int32, log: String) {
        let daemon = try RunningDaemon(on: stage, environment: [:])
        let ended = try await eventually { !daemon.process.isRunning }
        try #require(ended, "it runs: \(try daemon.log)")
        return (daemon.process.terminationStatus, try daemon.log)
    }

    private init(on stage: DaemonStage, environment: [String: String]) throws {
        logFile = "\(stage.folder)/log-\(UUID().uuidString)"
        FileManager.default.createFile(atPath: logFile, contents: nil)
        process.executableURL = URL(filePath: "/usr/bin/nsenter")
        process.arguments = ["--net=/run/netns/\(stage.name)", "--", Self.shaperctl, "run", stage.policy]
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardError = FileHandle(forWritingAtPath: logFile)
        try process.run()
    }

    deinit {
        if process.isRunning {
            kill(pid, SIGKILL)
            process.waitUntilExit()
        }
    }

    /// nsenter becomes the program it starts.
    var pid: Int32 { process.processIdentifier }

    var log: String { get throws { try String(contentsOfFile: logFile, encoding: .utf8) } }

    func hangUp() { kill(pid, SIGHUP) }

    func logs(_ text: String) async throws -> Bool { try await eventually { try log.contains(text) } }

    /// Ends it with the signal. How it ended: its exit code, or the signal.
    func end(with signal: Int32) async throws -> (reason: Process.TerminationReason, status: Int32) {
        kill(pid, signal)
        let ended = try await eventually { !process.isRunning }
        try #require(ended, "it is still running: \(try log)")
        return (process.terminationReason, process.terminationStatus)
    }
}
