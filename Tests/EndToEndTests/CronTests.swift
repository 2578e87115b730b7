import Foundation
import Testing

extension EndToEnd {
    /// The reload that is made for cron, started by cron.
    @Suite(.carried(ny: .shaper, ldn: .shaper)) struct CronReload {
        @Test func `cron puts a new file in force, and not one with errors`() throws {
            let policy = try Node.ny.policy()
            let daemon = try Daemon(policy, on: .ny)
            let before = try Node.ny.status().generation
            let cron = try Cron(reloading: .ny)
            /// Until a job that begins later has said so. Cron looks once a minute.
            func waitForLine(with text: String) -> Bool {
                eventually(within: 90) { cron.log.contains(text) || !cron.isRunning }
            }

            let other = try policy.replacing("protocol: tcp, port: 8443", with: "protocol: tcp, port: 8444")
            try Data(other.text.utf8).write(to: daemon.file)
            #expect(waitForLine(with: "reloaded"), "\(cron.log)\(cron.errorText)")
            #expect(cron.log.contains("\(Node.ny.name): reloaded, generation \(before + 1): "), "\(cron.log)")
            #expect(try Node.ny.status().generation == before + 1)

            try Data(policy.replacing("rate: 200mbit", with: "rate: 200").text.utf8).write(to: daemon.file)
            #expect(waitForLine(with: "not reloaded, the old policy stays"), "\(cron.log)\(cron.errorText)")
            #expect(cron.log.contains("\(daemon.file.path):7:9: error: "), "\(cron.log)")
            let after = try Node.ny.status()
            #expect(after.generation == before + 1 && after.problems == [])
            #expect(cron.isRunning)
            // As it was, for the suites that come after.
            try daemon.reload(policy)
            #expect(try eventually(within: 10) { try Node.ny.status().generation == before + 2 })
        }
    }
}
