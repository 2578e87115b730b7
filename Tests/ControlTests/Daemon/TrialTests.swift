import Foundation
import Testing

@testable import Control

extension Daemons {
    @Suite("a policy on trial") struct TrialTests {
        @Test("the whole former policy, and what class set had changed over it, comes back if nobody confirms")
        func deadline() async throws {
            try await DaemonStage.with { stage in
                try stage.shaperctl("apply \(stage.policy)")
                try stage.shaperctl("class set orders --ceiling 17mbit --node \(stage.name)")
                let before = try stage.state()
                let command = try stage.tryOther(within: "8s")
                #expect(try await command.logs("s left to confirm"))
                #expect(try stage.state().isOther)
                #expect(try stage.status().trial?.secondsLeft ?? 0 > 0)
                #expect(try await command.finish().status == 1)
                #expect(
                    command.log.contains("not confirmed in time: \(stage.policy) is in force again"), "\(command.log)")
                #expect(try stage.state() == before)
                #expect(try stage.status().trial == nil)
            }
        }

        @Test("a confirmed one stays, and the command that waited for it ends well")
        func confirmed() async throws {
            try await DaemonStage.with { stage in
                try stage.shaperctl("apply \(stage.policy)")
                let command = try stage.tryOther(within: "8s")
                #expect(try await command.logs("s left to confirm"))
                try stage.shaperctl("apply --confirm --node \(stage.name)")
                #expect(try await command.finish().status == 0, "\(command.log)")
                try await Task.sleep(for: .seconds(8))
                try stage.shaperctl("class set orders --ceiling 18mbit --node \(stage.name)")
                #expect(try stage.state().isOther)
                let again = try stage.refused("apply --confirm --node \(stage.name)")
                #expect(again.contains("nothing to confirm"))
            }
        }

        @Test("a signal to the command that waits takes it back at once", arguments: [SIGINT, SIGTERM, SIGHUP])
        func interrupted(signal: Int32) async throws {
            try await DaemonStage.with { stage in
                try stage.shaperctl("apply \(stage.policy)")
                let before = try stage.state()
                let command = try stage.tryOther(within: "1h")
                #expect(try await command.logs("s left to confirm"))
                #expect(try stage.state() != before)
                #expect(try await command.end(with: signal).status == 1)
                #expect(command.log.contains("is in force again"), "\(command.log)")
                #expect(try stage.state() == before)
            }
        }

        @Test("the first policy ever is unloaded")
        func first() async throws {
            try await DaemonStage.with { stage in
                let command = try stage.tryOther(within: "5s")
                #expect(try await command.logs("everything is unloaded"))
                #expect(try stage.pins().contains("links/port_ingress@p1"))
                #expect(try await command.finish().status == 1)
                #expect(throws: (any Error).self) { try stage.pins() }
                #expect(!FileManager.default.fileExists(atPath: RunFolder.applied(stage.name)))
            }
        }

        @Test("a deadline that passes while nobody is there is kept by the next command and by the next daemon")
        func orphaned() async throws {
            try await DaemonStage.with { stage in
                try stage.shaperctl("apply \(stage.policy)")
                let before = try stage.state()
                for round in 0..<2 {
                    let command = try stage.tryOther(within: "5s")
                    #expect(try await command.logs("s left to confirm"))
                    _ = try await command.end(with: SIGKILL)
                    try await Task.sleep(for: .seconds(5.1))
                    #expect(try stage.state().isOther)
                    #expect(try stage.status().trial?.secondsLeft == 0)
                    try stage.write()
                    if round == 0 {
                        #expect(try stage.refused("apply --confirm --node \(stage.name)").contains("too late"))
                    } else {
                        let daemon = try await RunningDaemon.start(on: stage)
                        #expect(daemon.log.contains("nothing to change"))
                    }
                    #expect(try stage.state() == before)
                    #expect(try stage.status().trial == nil)
                }
            }
        }

        @Test("a daemon keeps the deadline, and what happens meanwhile does not defeat it")
        func daemon() async throws {
            try await DaemonStage.with { stage in
                let first = try await RunningDaemon.start(on: stage)
                let before = try stage.state()
                let command = try stage.tryOther(within: "15s")
                #expect(try await command.finish().status == 0, "it does not wait")
                #expect(command.log.contains("s left to confirm"))
                #expect(try await first.logs("is on trial"))
                let asked = try await ControlClient.send(.status, to: stage.socket).result(as: DaemonStatus.self)
                #expect(asked.trial?.former == stage.policy && asked.trial?.secondsLeft ?? 0 > 0)

                try stage.shaperctl("class set orders --ceiling 18mbit --node \(stage.name)")
                try stage.write(ceiling: "11mbit")
                #expect(try stage.refused("apply \(stage.policy)").contains("--confirm keeps it"))
                first.hangUp()
                #expect(try await first.logs("what was stays"))
                #expect(try await first.end(with: SIGKILL).status == SIGKILL)
                try stage.write()
                let second = try await RunningDaemon.start(on: stage)
                #expect(try stage.state().isOther, "its time is not up")
                #expect(try await second.logs("not confirmed in time: \(stage.policy) is in force again"))
                #expect(try stage.state() == before)
                #expect(try stage.metric("shaper_drift_repairs_total") == 0)
            }
        }

        @Test("it can be taken back before its time is up")
        func revert() async throws {
            try await DaemonStage.with { stage in
                let daemon = try await RunningDaemon.start(on: stage)
                let before = try stage.state()
                #expect(try await stage.tryOther(within: "1h").finish().status == 0)
                #expect(try stage.state() != before)
                let text = try stage.shaperctl("apply --revert --node \(stage.name)")
                #expect(text.contains("\(stage.policy) is in force again"), "\(daemon.log)")
                #expect(try stage.state() == before)
            }
        }

        @Test("a policy that is refused leaves no trial behind")
        func refusal() async throws {
            try await DaemonStage.with { stage in
                try stage.shaperctl("apply \(stage.policy)")
                try stage.run("ip link set p1 mtu 1500")
                let command = try stage.tryOther(within: "1h")
                #expect(try await command.finish().status == 1)
                try stage.run("ip link set p1 mtu 1450")
                #expect(try stage.status().trial == nil)
                try stage.shaperctl("apply \(stage.policy)")
            }
        }
    }
}

extension DaemonStage {
    /// What tells one policy from the other, in the kernel.
    struct State: Equatable {
        var queues: String
        var explanation: String
        /// That of `tryOther`.
        var isOther: Bool { queues.contains("ceil 9Mbit") && explanation.contains("orders, queue lane") }
    }

    func state() throws -> State {
        State(
            queues: try run("tc class show dev u0 | sort"),
            explanation: try shaperctl(
                "explain --node \(name) --slice perp 'tcp 10.0.0.1:4000 > 10.0.0.9:9000' | grep -v ^goes"))
    }

    struct Status: Decodable {
        struct Trial: Decodable { var secondsLeft: Int }
        var trial: Trial?
        var generation: Int
        var problems: [String]
    }

    func status() throws -> Status {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Status.self, from: Data(try shaperctl("status --json --node \(name)").utf8))
    }

    @discardableResult
    func shaperctl(_ arguments: String) throws -> String { try run("\(RunningCommand.shaperctl) \(arguments)") }

    /// What `shaperctl` says when it fails, which it must.
    func refused(_ arguments: String) throws -> String {
        do {
            throw CommandFailure(command: arguments, output: "was not refused: \(try shaperctl(arguments))")
        } catch let failure as CommandFailure where !failure.output.hasPrefix("was not") {
            return failure.output
        }
    }

    /// Puts another policy on trial: other queues, other rules.
    func tryOther(within time: String) throws -> RunningCommand {
        let file = "\(folder)/other.yaml"
        try write(ceiling: "9mbit", rules: "  - {class: orders, protocol: tcp, port: 9000}", to: file)
        return try RunningCommand("apply", file, "--confirm-within", time, on: self)
    }
}
