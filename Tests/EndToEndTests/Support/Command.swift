import Foundation

/// What a finished program left.
struct Output: Sendable {
    var status: Int32
    var out: String
    var err: String
}

/// A program that ended otherwise than it should have.
struct CommandFailure: Error, CustomStringConvertible {
    var arguments: [String]
    var reason: String
    var output: Output

    var description: String { "\(arguments.joined(separator: " ")): \(reason)\n\(output.out)\(output.err)" }
}

/// Runs a program on a host of the lab (nil: on the machine itself) until it ends, whatever its status.
func attempt(_ arguments: [String], on host: Host? = nil, within seconds: Double = 120) throws -> Output {
    try Job(arguments, on: host).finish(within: seconds)
}

/// Like `attempt`, but a status other than 0 is an error.
@discardableResult
func run(_ arguments: [String], on host: Host? = nil, within seconds: Double = 120) throws -> String {
    let output = try attempt(arguments, on: host, within: seconds)
    guard output.status == 0 else {
        throw CommandFailure(arguments: arguments, reason: "ended with \(output.status)", output: output)
    }
    return output.out
}

/// A line of words, for commands whose arguments hold no spaces.
@discardableResult
func run(_ line: String, on host: Host? = nil, within seconds: Double = 120) throws -> String {
    try run(line.split(separator: " ").map(String.init), on: host, within: seconds)
}

/// A program that runs beside the test; it does not outlive this value.
final class Job {
    private let process = Process()
    private let arguments: [String]
    // Files, not pipes: nobody has to read while it runs.
    private let out = FileHandle.unnamedFile()
    private let err = FileHandle.unnamedFile()

    init(_ arguments: [String], on host: Host? = nil) throws {
        self.arguments = arguments
        // `nsenter`, unlike `ip netns exec`, leaves /sys alone, and the pins in it.
        let prefix = host.map { ["nsenter", "--net=\($0.namespacePath)", "--"] } ?? []
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = prefix + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = out
        process.standardError = err
        try process.run()
    }

    deinit {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        // Its ports are free then.
        process.waitUntilExit()
    }

    /// `env` and `nsenter` replace themselves by the program, so this is the program's.
    var pid: pid_t { process.processIdentifier }
    var isRunning: Bool { process.isRunning }
    var text: String { out.wholeText() }
    var errorText: String { err.wholeText() }

    func signal(_ number: Int32) { kill(pid, number) }

    /// Ends it, by force: a test's thread may have SIGTERM blocked, and children inherit that.
    func end() throws {
        signal(SIGKILL)
        try finish(within: 60)
    }

    /// Waits for its end. One that is late is ended, and is an error.
    @discardableResult
    func finish(within seconds: Double) throws -> Output {
        let ended = eventually(within: seconds) { !process.isRunning }
        if !ended { signal(SIGKILL) }
        process.waitUntilExit()
        let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
        let output = Output(status: status, out: out.wholeText(), err: err.wholeText())
        guard ended else {
            throw CommandFailure(arguments: arguments, reason: "still ran after \(seconds) s", output: output)
        }
        return output
    }

    /// Waits until it listens on a port.
    func waitUntilListening(on port: UInt16) throws {
        let suffix = ":" + String(port, radix: 16, uppercase: true).leftPadded(to: 4)
        let listening = eventually(within: 60) {
            ["udp", "udp6", "tcp", "tcp6"].contains { table in
                let text = (try? String(contentsOfFile: "/proc/\(pid)/net/\(table)", encoding: .utf8)) ?? ""
                return text.split(separator: "\n").contains { line in
                    let columns = line.split(separator: " ")
                    // Unconnected UDP is 07, a listening TCP socket 0A; a former test's are there too, closing.
                    return columns.count > 3 && columns[1].hasSuffix(suffix) && ["07", "0A"].contains(columns[3])
                }
            }
        }
        guard listening else {
            throw CommandFailure(
                arguments: arguments, reason: "does not listen on port \(port)",
                output: Output(status: 0, out: out.wholeText(), err: err.wholeText()))
        }
    }
}

/// Looks again and again until it is so; false: it never was.
func eventually(within seconds: Double, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
        if try condition() { return true }
        if ContinuousClock.now >= deadline { return false }
        usleep(5000)
    }
}

func pause(seconds: Double) { usleep(UInt32(seconds * 1e6)) }

extension FileHandle {
    fileprivate static func unnamedFile() -> FileHandle {
        let path = NSTemporaryDirectory() + "shaper-test-\(UUID().uuidString)"
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        precondition(descriptor >= 0, "no file can be made in \(NSTemporaryDirectory())")
        unlink(path)
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// From the start, without moving the offset that the writer shares.
    fileprivate func wholeText() -> String {
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = pread(fileDescriptor, &chunk, chunk.count, off_t(text.count))
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += chunk[..<count]
        }
    }
}

extension String {
    fileprivate func leftPadded(to length: Int) -> String {
        String(repeating: "0", count: max(0, length - count)) + self
    }
}
