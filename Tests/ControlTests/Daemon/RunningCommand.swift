import Foundation
import Testing

@testable import Control

/// A `shaperctl` in a stage's namespace, beside the test; it does not outlive this value.
class RunningCommand {
    private let process = Process()
    private let logFile: String

    /// The binary that was built with the tests.
    static let shaperctl = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "shaperctl").path()

    convenience init(_ arguments: String..., on stage: DaemonStage, environment: [String: String] = [:]) throws {
        try self.init(arguments, on: stage, environment: environment)
    }

    /// - Parameter wrapper: a command that becomes it.
    init(
        _ arguments: [String], on stage: DaemonStage, environment: [String: String] = [:], wrapper: [String] = []
    ) throws {
        logFile = "\(stage.folder)/log-\(UUID().uuidString)"
        _ = FileManager.default.createFile(atPath: logFile, contents: nil)
        process.executableURL = URL(filePath: "/usr/bin/nsenter")
        process.arguments = ["--net=/run/netns/\(stage.name)", "--"] + wrapper + [Self.shaperctl] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle(forWritingAtPath: logFile)
        process.standardOutput = process.standardError
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
    var isRunning: Bool { process.isRunning }

    /// What it printed, and what it complained about.
    var log: String { (try? String(contentsOfFile: logFile, encoding: .utf8)) ?? "" }

    func logs(_ text: String) async throws -> Bool { try await eventually { log.contains(text) } }

    /// Ends it with the signal. How it ended: its exit code, or the signal.
    func end(with signal: Int32) async throws -> (reason: Process.TerminationReason, status: Int32) {
        kill(pid, signal)
        return try await finish()
    }

    /// Waits until it ends.
    func finish() async throws -> (reason: Process.TerminationReason, status: Int32) {
        let ended = try await eventually { !process.isRunning }
        try #require(ended, "it is still running: \(log)")
        return (process.terminationReason, process.terminationStatus)
    }
}
