import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import Control

extension Daemons {
    @Suite("the daemon in a storm") struct MarketDaemonTests {
        private static let volatility = """
            volatility:
              feeds:
                - {name: desk, format: ndjson, socket: FOLDER/prices.sock, period: 600s}
              markets:
                - {name: btc, feeds: [desk]}
              estimator: {bar: 10s, halfLife: 10s, baseline: 60s}
              regimes:
                storm:
                  {volatility: 100%, overBaseline: 0, looks: 1, rate: none, classes: {bulk: {ceiling: 10%}},
                   slices: {perp: {guarantee: 60%}}}
                extreme: {volatility: 100000%}
            """

        /// - Parameter rule: one more, with its line's end.
        private static func write(_ stage: DaemonStage, rule: String = "") throws {
            try stage.write(rules: rule + volatility.replacing("FOLDER", with: stage.folder))
        }

        /// A price a second until now, for a minute: in its second half 1 % up and down.
        private static func storm(_ stage: DaemonStage, socket: String = "prices.sock") async throws {
            let now = Date().timeIntervalSince1970
            let lines = (0..<60).map { second in
                #"{"time": \#(now - 60 + Double(second)), "price": \#(second > 30 && second % 2 == 0 ? 36360 : 36000)}"#
            }
            let producer = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(unixDomainSocketPath: "\(stage.folder)/\(socket)").get()
            try await producer.writeAndFlush(ByteBuffer(string: lines.joined(separator: "\n") + "\n"))
            try await producer.close()
        }

        private static func ask(_ stage: DaemonStage, _ command: String) throws -> String {
            try stage.run("\(RunningCommand.shaperctl) \(command) --node \(stage.name)")
        }

        private static func isStormy(_ stage: DaemonStage) throws -> Bool {
            let classes = try stage.run("tc class show dev u0")
            return classes.contains("ceil 9500Kbit") && classes.contains("rate 57Mbit")
        }

        @Test("its quotas follow the prices of a socket, and everybody can see why; a successor and a reload keep them")
        func storm() async throws {
            try await DaemonStage.with { stage in
                try Self.write(stage)
                let first = try await RunningDaemon.start(on: stage)
                #expect(try await eventually { FileManager.default.fileExists(atPath: "\(stage.folder)/prices.sock") })
                #expect(try !Self.isStormy(stage))
                try await Self.storm(stage)
                #expect(try await eventually { try Self.isStormy(stage) }, "\(first.log)")

                #expect(try Self.ask(stage, "status --json").contains(#""regime" : "storm""#))
                #expect(try Self.ask(stage, "class list --json").contains("market: btc: volatility"))
                let log = try Self.ask(stage, "market log --json")
                #expect(
                    log.contains(#""regime" : "storm""#) && log.contains("bulk: ceiling 95mbit -> 9.5mbit")
                        && log.contains("perp liquidation: ceiling 4.75mbit -> 5.7mbit"), "\(log)")
                #expect(try stage.metric("shaper_market_regime") == 2)
                #expect(try stage.metric("shaper_market_followed") == 1)
                #expect(try stage.metric(#"shaper_feed_messages_total{feed="desk"}"#) == 60)
                #expect(try stage.metric(#"shaper_feed_refused_messages_total{feed="desk"}"#) == 0)
                // The producer has gone again.
                #expect(try stage.metric(#"shaper_feed_connected{feed="desk"}"#) == 0)
                #expect(try Self.ask(stage, "status").contains("feed desk not connected, 60 messages"))

                #expect(try await first.end(with: SIGKILL).status == SIGKILL)
                #expect(try Self.isStormy(stage))
                let successor = try await RunningDaemon.start(on: stage)
                #expect(try Self.isStormy(stage), "\(successor.log)")
                #expect(try await eventually { try stage.metric("shaper_market_regime") == 2 })
                #expect(try Self.isStormy(stage), "\(successor.log)")

                // Something else changes, and the socket is not made anew.
                try Self.write(stage, rule: "  - {class: orders, protocol: tcp, port: 7002}\n")
                successor.hangUp()
                #expect(try await eventually { try stage.metric("shaper_policy_generation") == 2 }, "\(successor.log)")
                #expect(try Self.isStormy(stage), "\(successor.log)")
                #expect(try stage.metric("shaper_market_regime") == 2)
                #expect(try await successor.end(with: SIGTERM).status == 0)
                #expect(!FileManager.default.fileExists(atPath: "\(stage.folder)/prices.sock"))
            }
        }

        @Test("what nobody renews is over, and put right first of all by the next daemon; unloading forgets the market")
        func lapse() async throws {
            try await DaemonStage.with { stage in
                try Self.write(stage)
                let first = try await RunningDaemon.start(on: stage)
                #expect(try await eventually { FileManager.default.fileExists(atPath: "\(stage.folder)/prices.sock") })
                try await Self.storm(stage)
                #expect(try await eventually { try Self.isStormy(stage) }, "\(first.log)")
                #expect(try await first.end(with: SIGKILL).status == SIGKILL)
                #expect(try Self.ask(stage, "class list --json").contains("market: btc: volatility"))

                // A minute later, on a machine that has forgotten the market.
                let path = RunFolder.layer(stage.name)
                let layer = try String(contentsOfFile: path, encoding: .utf8)
                try layer.replacing(/"until":[0-9]+/, with: #""until":1"#)
                    .write(toFile: path, atomically: true, encoding: .utf8)
                try FileManager.default.removeItem(atPath: RunFolder.market(stage.name))
                #expect(try !Self.ask(stage, "class list --json").contains("market: btc: volatility"))
                #expect(try Self.isStormy(stage))
                let successor = try await RunningDaemon.start(on: stage)
                #expect(try !Self.isStormy(stage), "\(successor.log)")
                #expect(try await successor.end(with: SIGTERM).status == 0)

                #expect(try Self.ask(stage, "market log").contains("-> storm"))
                _ = try Self.ask(stage, "unload")
                let nothing = #expect(throws: CommandFailure.self) { try Self.ask(stage, "market log") }
                #expect(nothing?.output.contains("error: no policy is in force on \(stage.name)") == true)
                let left = try FileManager.default.contentsOfDirectory(atPath: RunFolder.path)
                #expect(!left.contains { $0.hasPrefix("\(stage.name).") }, "\(left)")
            }
        }

        @Test("a dry run decides and logs, and nothing of it is in the kernel")
        func rehearsal() async throws {
            try await DaemonStage.with { stage in
                try Self.write(stage)
                let queues = try stage.run("tc qdisc show; tc filter show dev p1 ingress")
                let rehearsal = try RunningCommand("run", stage.policy, "--dry-run", on: stage)
                let socket = "\(stage.folder)/prices.sock"
                #expect(try await eventually { FileManager.default.fileExists(atPath: socket + ".dry-run") })
                #expect(rehearsal.log.contains("feed desk: a dry run listens at \(socket).dry-run"))
                // That is the daemon's.
                #expect(!FileManager.default.fileExists(atPath: socket))
                try await Self.storm(stage, socket: "prices.sock.dry-run")
                #expect(try await rehearsal.logs("bulk: ceiling 95mbit -> 9.5mbit"), "\(rehearsal.log)")
                #expect(try stage.run("tc qdisc show; tc filter show dev p1 ingress") == queues)
                #expect(!FileManager.default.fileExists(atPath: "/sys/fs/bpf/shaper/v4/\(stage.name)"))
                #expect(try await rehearsal.end(with: SIGTERM).status == 0)
                let left = try FileManager.default.contentsOfDirectory(atPath: RunFolder.path)
                #expect(!left.contains { $0.hasPrefix(stage.name) }, "\(left)")
            }
        }

        @Test("a dry run whose only prices were standard input's ends with them")
        func rehearsalOfStandardInput() async throws {
            try await DaemonStage.with { stage in
                let socket = "socket: FOLDER/prices.sock"
                try stage.write(rules: Self.volatility.replacing(socket, with: "stdin: true"))
                let rehearsal = try RunningCommand("run", stage.policy, "--dry-run", on: stage)
                #expect(try await rehearsal.finish().status == 0, "\(rehearsal.log)")
                #expect(rehearsal.log.contains("the dry run is over"), "\(rehearsal.log)")
            }
        }
    }
}
