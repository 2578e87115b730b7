import Foundation
import Testing

@testable import Control
@testable import Datapath

extension Daemons {
    @Suite("the daemon") struct DaemonTests {
        @Test("puts the policy in force, and says so on its socket, its log and its metrics")
        func start() async throws {
            try await DaemonStage.with { stage in
                let daemon = try await RunningDaemon.start(on: stage)
                let status = try await ControlClient.send(.status, to: stage.socket).result(as: DaemonStatus.self)
                #expect(status.node == stage.name && status.pid == daemon.pid && status.policy == stage.policy)
                #expect(status.generation == 1 && status.lastReloadSucceeded && status.trouble == nil)
                #expect(try stage.get("/healthz") == "ok\n")
                #expect(try stage.metric("shaper_policy_generation") == 1)
                let before = try stage.offered()
                try stage.sendSomething()
                #expect(try stage.offered() > before)
                let guarantee = try stage.metric(
                    #"shaper_queue_guarantee_bytes_per_second{slice="perp",class="orders"}"#)
                #expect(guarantee == 1_484_375)
            }
        }

        @Test("promtool finds nothing wrong with a live page of metrics")
        func promtool() async throws {
            try await DaemonStage.with { stage in
                let daemon = try await RunningDaemon.start(on: stage)
                try stage.get("/metrics").write(toFile: "\(stage.folder)/page", atomically: true, encoding: .utf8)
                #expect(try shell("promtool check metrics <\(stage.folder)/page 2>&1") == "", "\(daemon.pid)")
            }
        }

        @Test("a second one is refused before it touches anything, and the first goes on")
        func second() async throws {
            try await DaemonStage.with { stage in
                let daemon = try await RunningDaemon.start(on: stage)
                try stage.write(ceiling: "10mbit", metricsPort: 9465)
                let (code, log) = try await RunningDaemon.refused(on: stage)
                #expect(code == 1 && log.contains("pid \(daemon.pid)"), "\(log)")
                #expect(try stage.metric("shaper_policy_generation") == 1)
                #expect(try stage.run("tc class show dev u0").contains("ceil 10Mbit") == false)
            }
        }

        @Test("a killed one is succeeded at once by another, which finds everything as it was")
        func kill() async throws {
            try await DaemonStage.with { stage in
                let first = try await RunningDaemon.start(on: stage)
                let change = ControlRequest.classSet(className: "bulk", slice: nil, guarantee: nil, ceiling: "7mbit")
                try await ControlClient.send(change, to: stage.socket).check()
                try stage.sendSomething()
                let before = try stage.offered()
                #expect(before > 0)
                #expect(try await first.end(with: SIGKILL).status == SIGKILL)
                try stage.sendSomething()

                let successor = try await RunningDaemon.start(on: stage)
                #expect(successor.log.contains("nothing to change"))
                #expect(try stage.metric("shaper_policy_generation") == 1)
                #expect(try stage.offered() > before)
                #expect(try stage.metric("shaper_quota_overrides") == 1)
                #expect(try stage.run("tc class show dev u0").contains("ceil 7Mbit"))
            }
        }

        @Test("SIGTERM and SIGINT end it with 0, and leave everything in the kernel", arguments: [SIGTERM, SIGINT])
        func end(signal: Int32) async throws {
            try await DaemonStage.with { stage in
                let daemon = try await RunningDaemon.start(on: stage)
                let (pins, queues) = (try stage.pins(), try stage.run("tc class show dev u0 | sort"))
                let (reason, status) = try await daemon.end(with: signal)
                #expect(reason == .exit && status == 0)
                #expect(try stage.pins() == pins && pins.contains("links/port_ingress@p1"))
                #expect(try stage.run("tc class show dev u0 | sort") == queues && !queues.isEmpty)
                #expect(!FileManager.default.fileExists(atPath: stage.socket))
            }
        }

        @Test("what others change is put right, logged and counted")
        func drift() async throws {
            try await DaemonStage.with { stage in
                let daemon = try await RunningDaemon.start(on: stage)
                let queues = try stage.run("tc class show dev u0 | sort")
                try stage.run("tc class change dev u0 parent 5348:1 classid 5348:3 htb rate 5mbit ceil 6mbit")
                #expect(try await daemon.logs("put right: "))
                #expect(try stage.run("tc class show dev u0 | sort") == queues)
                #expect(try stage.metric("shaper_drift_repairs_total") == 1)
                try stage.run("rm /sys/fs/bpf/shaper/v4/\(stage.name)/links/port_ingress@p1")
                #expect(try await eventually { try stage.pins().contains("links/port_ingress@p1") })
            }
        }

        @Test("what cannot be put right is said once, and makes it unhealthy until it can")
        func trouble() async throws {
            try await DaemonStage.with { stage in
                let daemon = try await RunningDaemon.start(on: stage)
                try stage.run("ip link set u0 down")
                #expect(try await eventually { try stage.get("/healthz").contains("u0 is down") })
                try await Task.sleep(for: .seconds(5))
                #expect(daemon.log.components(separatedBy: "u0 is down").count == 2)
                try stage.run("ip link set u0 up")
                #expect(try await eventually { try stage.get("/healthz") == "ok\n" })
            }
        }

        @Test("by how much the queues give way to XDP is a metric, and a line of status while it is anything")
        func charge() async throws {
            try await DaemonStage.with { stage in
                let daemon = try await RunningDaemon.start(on: stage)
                let status = { try stage.run("\(RunningCommand.shaperctl) status --node \(stage.name)") }
                #expect(try stage.metric("shaper_express_charge_bytes_per_second") == 0)
                #expect(try !status().contains("give way"))
                // As the daemon does where a port is read by XDP; here it leaves it alone.
                let maps = try #require(try NodeKernel(node: stage.name).pinned).maps
                try maps.charge.set(UInt32(0), UInt64(1_000_000))
                #expect(try stage.metric("shaper_express_charge_bytes_per_second") == 1_000_000, "\(daemon.log)")
                #expect(try status().contains("they give way by 8mbit to express packets sent by XDP"))
            }
        }

        @Test("it tells the service manager when it is ready, and when it reloads")
        func notify() async throws {
            try await DaemonStage.with { stage in
                let socket = "\(stage.folder)/notify"
                let manager = try NotifySocket(path: socket)
                let daemon = try await RunningDaemon.start(on: stage, environment: ["NOTIFY_SOCKET": socket])
                var messages: [String] = []
                func hasHeard(_ expected: [String]) async throws -> Bool {
                    try await eventually {
                        messages += try manager.messages()
                        return messages == expected
                    }
                }
                #expect(try await hasHeard(["READY=1"]))
                daemon.hangUp()
                #expect(try await hasHeard(["READY=1", "RELOADING=1", "READY=1"]), "\(messages)")
                try manager.close()
            }
        }
    }
}
