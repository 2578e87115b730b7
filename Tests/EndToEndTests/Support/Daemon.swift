import Foundation

/// `shaperctl run` on a node, ready; it does not outlive this value.
final class Daemon {
    let node: Node
    /// The policy file it was given: changed, it is another policy at the next SIGHUP.
    let file: URL
    private var job: Job

    init(_ policy: PolicyText, on node: Node) throws {
        self.node = node
        file = FileManager.default.temporaryDirectory.appending(path: "shaper-test-\(UUID().uuidString).yaml")
        try Data(policy.text.utf8).write(to: file)
        job = try Self.start(file, on: node)
    }

    deinit { try? FileManager.default.removeItem(at: file) }

    private static func start(_ file: URL, on node: Node) throws -> Job {
        let job = try Job([Lab.shaperctl, "run", file.path], on: node.host)
        let isReady = eventually(within: 60) { (try? node.status())?.daemon.pid == job.pid }
        guard isReady else {
            throw CommandFailure(
                arguments: ["shaperctl", "run"], reason: "is not ready after a minute",
                output: Output(status: 0, out: "", err: job.errorText))
        }
        return job
    }

    /// `kill -9`, and another one.
    func killAndRestart() throws {
        try kill()
        job = try Self.start(file, on: node)
    }

    func kill() throws {
        job.signal(SIGKILL)
        try job.finish(within: 60)
    }

    /// SIGTERM.
    ///
    /// - Returns: its exit status.
    func terminate() throws -> Int32 {
        job.signal(SIGTERM)
        return try job.finish(within: 60).status
    }

    /// SIGHUP.
    func reload(_ policy: PolicyText) throws {
        try Data(policy.text.utf8).write(to: file)
        job.signal(SIGHUP)
    }
}
