import Foundation
import Testing

@testable import Control

extension Daemons {
    @Suite("a generation that is not sound") struct UnsoundTests {
        struct Damage: CustomTestStringConvertible, Sendable {
            var command: String
            var complaint: String
            /// False where the damage is not the apply's to mend.
            var isMended = true
            var testDescription: String { complaint }
        }

        @Test(
            "is taken back by the apply that made it, which says what is wrong",
            arguments: [
                Damage(
                    command: "tc class change dev u0 parent 5348:1 classid 5348:3 htb rate 5mbit ceil 6mbit",
                    complaint: "queues: there is need to change 5348:3"),
                Damage(
                    command: "rm /sys/fs/bpf/shaper/v4/$NODE/links/port_ingress@p1",
                    complaint: "port_ingress is not attached to p1"),
                Damage(command: "ip link del p1", complaint: "interface p1 is gone", isMended: false),
            ])
        func takenBack(damage: Damage) async throws {
            try await Self.inTime { stage in
                try stage.shaperctl("apply \(stage.policy)")
                let before = try stage.state()
                let saboteur = try stage.whenQueuesChange(damage.command)
                let file = "\(stage.folder)/other.yaml"
                try stage.write(ceiling: "9mbit", rules: "  - {class: orders, protocol: tcp, port: 9000}", to: file)
                guard let complaint = try stage.complaint(of: "apply \(file)", beside: saboteur) else { return false }
                #expect(complaint.contains("generation 2 was taken back: "), "\(complaint)")
                #expect(complaint.contains(damage.complaint), "\(complaint)")
                #expect(complaint.contains("The former policy, generation 1, is in force"), "\(complaint)")
                #expect(try stage.state() == before)
                let status = try stage.status()
                #expect(status.generation == 1)
                guard damage.isMended else { return true }
                #expect(status.problems == [])
                // Nothing is in the way of the next one.
                try stage.shaperctl("apply \(file)")
                #expect(try stage.state().isOther)
                return true
            }
        }

        @Test("is taken back without a trace where it was the first")
        func first() async throws {
            try await Self.inTime { stage in
                let link = "/sys/fs/bpf/shaper/v4/$NODE/links/port_ingress@p1"
                let saboteur = try stage.sabotage("until [[ -e \(link) ]]; do :; done; rm \(link)")
                guard let complaint = try stage.complaint(of: "apply \(stage.policy)", beside: saboteur)
                else { return false }
                #expect(complaint.contains("port_ingress is not attached to p1"), "\(complaint)")
                #expect(complaint.contains("Nothing is in force"), "\(complaint)")
                #expect(throws: (any Error).self) { try stage.pins() }
                #expect(try !stage.run("tc qdisc show dev u0").contains("htb"))
                return true
            }
        }

        /// The damage has some milliseconds to be done in: a saboteur that came too late gets another stage.
        ///
        /// - Parameter body: false: it was too late.
        private static func inTime(_ body: (DaemonStage) throws -> Bool) async throws {
            for _ in 0..<20 {
                var wasInTime = false
                try await DaemonStage.with { wasInTime = try body($0) }
                if wasInTime { return }
            }
            Issue.record("no apply has noticed the damage done beside it")
        }
    }
}

extension DaemonStage {
    /// Runs a shell command as soon as a queue class changes: an apply then still has its generation to write.
    fileprivate func whenQueuesChange(_ command: String) throws -> Process {
        // By force: a test's thread may have SIGTERM blocked, and children inherit that.
        try sabotage(
            """
            exec 3< <(exec tc monitor)
            monitor=$!
            grep -m1 -q htb <&3
            \(command)
            kill -9 $monitor
            """)
    }

    /// What `shaperctl` says when it fails; nil: it did not.
    fileprivate func complaint(of arguments: String, beside saboteur: Process) throws -> String? {
        defer { saboteur.waitUntilExit() }
        do {
            try shaperctl(arguments)
            return nil
        } catch let failure as CommandFailure { return failure.output }
    }

    /// Runs a shell script in the namespace, beside the test; `NODE` is the node's name.
    fileprivate func sabotage(_ script: String) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/nsenter")
        process.arguments = ["--net=/run/netns/\(name)", "--", "timeout", "20", "bash", "-c", script]
        process.environment = ["NODE": name, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        try process.run()
        // Until it has begun to watch.
        usleep(500_000)
        return process
    }
}
