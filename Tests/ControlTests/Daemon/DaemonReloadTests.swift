import Foundation
import Testing

@testable import Control

extension Daemons {
    @Suite("the daemon's reload") struct DaemonReloadTests {
        @Test("a bad file changes nothing and is complained about line by line; a good one is put in force")
        func hangUp() async throws {
            try await DaemonStage.with { stage in
                let daemon = try await RunningDaemon.start(on: stage)
                try stage.write(ceiling: "200%", rules: "bogus: 1")
                daemon.hangUp()
                #expect(try await daemon.logs("what was stays"))
                for complaint in [":7:27: error: ", ":14:1: error: "] {
                    #expect(daemon.log.contains(stage.policy + complaint), "\(daemon.log)")
                }
                #expect(try stage.metric("shaper_policy_last_reload_successful") == 0)
                #expect(try stage.metric("shaper_policy_generation") == 1)

                try stage.write(rules: "  - {class: orders, protocol: tcp, port: 9000}")
                daemon.hangUp()
                #expect(try await daemon.logs("generation 2"))
                #expect(try stage.metric("shaper_policy_last_reload_successful") == 1)
                #expect(try stage.metric("shaper_policy_generation") == 2)
            }
        }

        @Test("the control socket reloads too, and says what came of it")
        func socket() async throws {
            try await DaemonStage.with { stage in
                let daemon = try await RunningDaemon.start(on: stage)
                let unchanged = try await ControlClient.send(.reload, to: stage.socket).result(as: ReloadResult.self)
                #expect(unchanged == ReloadResult(generation: 1, unchanged: true, changes: [], warnings: []))
                try stage.write(ceiling: "10mbit")
                let changed = try await ControlClient.send(.reload, to: stage.socket).result(as: ReloadResult.self)
                #expect(changed.generation == 1 && !changed.unchanged && !changed.changes.isEmpty)
                try stage.write(node: "other")
                let other = try await ControlClient.send(.reload, to: stage.socket)
                #expect(throws: ControlFailure.self) { try other.check() }
                #expect(daemon.log.contains("is not in force"))
            }
        }

        @Test("metrics move where the file says, and stay where they were if they cannot")
        func metrics() async throws {
            try await DaemonStage.with { stage in
                let daemon = try await RunningDaemon.start(on: stage)
                try stage.write(metricsPort: 9465)
                daemon.hangUp()
                #expect(try await daemon.logs("reloaded"))
                #expect(try stage.get("/healthz", port: 9465) == "ok\n")
                #expect(throws: CommandFailure.self) { try stage.get("/healthz", port: 9464) }

                // Not an address of this host.
                try String(contentsOfFile: stage.policy, encoding: .utf8).replacing(
                    "127.0.0.1:9465", with: "192.0.2.77:1"
                )
                .write(toFile: stage.policy, atomically: true, encoding: .utf8)
                daemon.hangUp()
                #expect(try await daemon.logs("choose an address of this host"))
                #expect(try stage.metric("shaper_policy_last_reload_successful", port: 9465) == 0)
            }
        }

        @Test("a metrics port that is taken is an error at the start, and nothing is changed")
        func portInUse() async throws {
            try await DaemonStage.with { stage in
                let daemon = try await RunningDaemon.start(on: stage)
                let second = stage.name + "b"
                try stage.write(node: second)
                let (code, log) = try await RunningDaemon.refused(on: stage)
                #expect(code == 1 && log.contains("another process listens there"), "\(log)")
                #expect(!FileManager.default.fileExists(atPath: "/sys/fs/bpf/shaper/v4/\(second)"))
                #expect(!FileManager.default.fileExists(atPath: RunFolder.socket(second) + ".lock"))
                #expect(daemon.pid > 0)
            }
        }

        @Test("a policy that another command applies is followed")
        func appliedByOthers() async throws {
            try await DaemonStage.with { stage in
                let daemon = try await RunningDaemon.start(on: stage)
                try stage.write(ceiling: "10mbit", metricsPort: 9466)
                try stage.run("\(RunningCommand.shaperctl) apply \(stage.policy)")
                #expect(try await eventually { try stage.get("/healthz", port: 9466) == "ok\n" })
                #expect(try stage.run("tc class show dev u0").contains("ceil 10Mbit"))
                #expect(try stage.metric("shaper_drift_repairs_total", port: 9466) == 0, "\(daemon.log)")
            }
        }
    }
}
