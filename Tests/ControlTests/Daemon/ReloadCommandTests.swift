import Foundation
import Testing

@testable import Control

extension Daemons {
    @Suite("shaperctl reload") struct ReloadCommandTests {
        /// The command, beside the test's own process: what it printed and its exit code.
        private func reload(_ stage: DaemonStage, _ options: String...) async throws -> (code: Int32, out: String) {
            let command = try RunningCommand(["reload", "--node", stage.name] + options, on: stage)
            return (try await command.finish().status, command.log)
        }

        private func set(_ stage: DaemonStage) throws {
            try stage.run("\(RunningCommand.shaperctl) class set bulk --ceiling 20mbit --node \(stage.name)")
        }

        private func overrides(_ stage: DaemonStage) throws -> Int {
            try #require(try AppliedPolicy.load(stage.name)).overrides.count
        }

        @Test(
            "through the daemon: unchanged keeps overrides, a new text ends them, a bad one is refused",
            arguments: [true, false])
        func outcomes(hasDaemon: Bool) async throws {
            try await DaemonStage.with { stage in
                let daemon = hasDaemon ? try await RunningDaemon.start(on: stage) : nil
                if !hasDaemon { try stage.run("\(RunningCommand.shaperctl) apply \(stage.policy)") }
                try set(stage)
                #expect(try await reload(stage) == (0, "\(stage.name): unchanged, generation 1\n"))
                #expect(try overrides(stage) == 1)

                try stage.write(ceiling: "200%")
                let refused = try await reload(stage)
                #expect(refused.code == 4)
                #expect(
                    refused.out.contains(
                        "\(stage.name): not reloaded, the old policy stays: \(stage.policy):7:27: error:"))
                #expect(try overrides(stage) == 1)

                try stage.write(rules: "  - {class: orders, protocol: tcp, port: 9000}")
                let changed = try await reload(stage, "--jitter", "100ms")
                #expect(
                    changed.code == 0 && changed.out.hasPrefix("\(stage.name): reloaded, generation 2: "), "\(changed)")
                #expect(try overrides(stage) == 0)

                try FileManager.default.removeItem(atPath: stage.policy)
                let gone = try await reload(stage, "--json")
                #expect(gone.code == 1 && gone.out.contains(#""outcome" : "failed""#), "\(gone)")
                if let daemon {
                    #expect(daemon.isRunning)
                    #expect(try stage.metric("shaper_policy_last_reload_successful") == 0)
                    let time = try #require(try stage.metric("shaper_policy_last_reload_success_timestamp_seconds"))
                    #expect(abs(time - Date().timeIntervalSince1970) < 60)
                }
            }
        }

        @Test("a second one says that the first is running, and who that is")
        func busy() async throws {
            try await DaemonStage.with { stage in
                try stage.run("\(RunningCommand.shaperctl) apply \(stage.policy)")
                let lock = try NodeLock(path: RunFolder.reloadLock(stage.name))
                #expect(
                    try await reload(stage, "--json").code == 5)
                let busy = try await reload(stage)
                #expect(busy.code == 5)
                #expect(busy.out.contains("\(stage.name): not reloaded: another reload is running, pid \(getpid())\n"))
                lock.release()
                #expect(try await reload(stage).code == 0)
            }
        }

        @Test("what is no policy's file any more, or none's yet, fails and says why")
        func failures() async throws {
            try await DaemonStage.with { stage in
                #expect(
                    try await reload(stage) == (
                        1,
                        "error: no policy is in force on \(stage.name)\nremedy: shaperctl apply POLICY\n\(stage.name): not reloaded: no policy is in force on \(stage.name)\n"
                    ))
                try stage.run("\(RunningCommand.shaperctl) apply - <\(stage.policy)")
                #expect(try await reload(stage).out.contains("came from standard input"))
                try stage.run("\(RunningCommand.shaperctl) apply \(stage.policy)")
                try stage.write(node: "other")
                #expect(try await reload(stage).out.contains("the policy is node other's by now"))
                #expect(try await reload(stage, "--jitter", "2h").code == 2)
            }
        }
    }
}
