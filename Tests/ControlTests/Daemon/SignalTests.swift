import Foundation
import Plan
import Signals
import Testing

@testable import Control
@testable import Datapath

extension Daemons {
    @Suite("signals to the daemon") struct SignalTests {
        private static let allowed = "signals: {group: daemon, longest: 30s}"

        private func signal(
            _ flow: String = "udp 10.0.0.1:4000 > 10.0.0.9:5000", slice: String = "perp", notional: Double = 2_500_000,
            ttl: Duration = .seconds(20)
        ) throws -> [UInt8] {
            let flow = try FlowKey(parsing: flow).ip!
            return Array(Signal(slice: slice, flow: flow, notional: notional, ttl: ttl).json.utf8)
        }

        /// Starts one that takes signals.
        private func start(on stage: DaemonStage, rules: String = allowed) async throws -> RunningDaemon {
            try stage.write(rules: rules)
            let daemon = try await RunningDaemon.start(on: stage)
            #expect(try await daemon.logs("signals are taken at \(RunFolder.signals(stage.name))"))
            return daemon
        }

        /// `shaperctl signal …` in the stage's namespace; what it printed.
        private func command(_ arguments: String, on stage: DaemonStage, as user: String? = nil) throws -> String {
            let become = user.map { "setpriv --reuid nobody --regid \($0) --clear-groups " } ?? ""
            return try stage.run(
                "\(become)'\(RunningCommand.shaperctl)' signal \(arguments) --node \(stage.name) 2>&1; true")
        }

        private static let liquidation =
            "liquidation --slice perp --flow 'udp 10.0.0.1:4000 > 10.0.0.9:5000' --notional 2500000 --ttl 20s"

        @Test("are taken from a datagram, are in the kernel then, and end by themselves")
        func datagram() async throws {
            try await DaemonStage.with { stage in
                let daemon = try await start(on: stage)
                #expect(try command("list", on: stage) == "no flow is signalled now\n")
                #expect(try command(Self.liquidation, on: stage).contains("goes first for 20s"))
                let table = try command("list", on: stage)
                #expect(table.contains("promoted") && table.contains("2500000"), "\(table)")
                #expect(table.contains("udp 10.0.0.1:4000 > 10.0.0.9:5000"))
                #expect(try command("list --json", on: stage).contains(#""state" : "promoted""#))
                // A later word about it holds.
                let shorter = Self.liquidation.replacing("20s", with: "100ms")
                #expect(try command(shorter, on: stage).contains("goes first for 100ms"))
                #expect(try await eventually { try command("list", on: stage) == "no flow is signalled now\n" })
                #expect(try await eventually { try stage.metric("shaper_signals_accepted_total") == 2 })
                let maps = try #require(try PromotionMaps(node: stage.name))
                #expect(try await eventually { try maps.all().isEmpty }, "\(daemon.log)")
            }
        }

        @Test("packets of a signalled flow are counted in the first class, and weighed")
        func packets() async throws {
            try await DaemonStage.with { stage in
                let daemon = try await start(on: stage)
                func send() throws {
                    try stage.run(
                        "for i in 1 2 3; do echo x | timeout 1 bash -c 'cat >/dev/udp/10.0.0.9/5000'; done; true")
                }
                let first = #"shaper_class_offered_packets_total{slice="perp",class="liquidation"}"#
                try send()
                #expect(try stage.metric(first) == 0)
                // Any port of ours: the kernel chooses one for each datagram, so the whole host by ICMP instead.
                #expect(
                    try command(
                        Self.liquidation.replacing(
                            "udp 10.0.0.1:4000 > 10.0.0.9:5000", with: "icmp 10.0.0.1 > 10.0.0.9"), on: stage
                    )
                    .contains("goes first"))
                try stage.sendSomething()
                #expect(try stage.metric(first) == 3)
                let maps = try #require(try PromotionMaps(node: stage.name))
                #expect(try maps.all().first?.entry.bytes == 3 * (98 + 50))
                #expect(daemon.isRunning)
            }
        }

        @Test("are only for those who may write to the socket, and the command says who")
        func permission() async throws {
            try await DaemonStage.with { stage in
                let path = RunFolder.signals(stage.name)
                let daemon = try await start(on: stage)
                #expect(try shell("stat -c '%a %U %G %F' \(path)") == "660 root daemon socket\n")
                let denied = try command(Self.liquidation, on: stage, as: "nogroup")
                #expect(denied.contains("members of the group daemon may signal"), "\(denied)")
                #expect(try command(Self.liquidation, on: stage, as: "daemon").contains("goes first"))

                try stage.write(rules: "signals: {group: bin}")
                daemon.hangUp()
                #expect(try await eventually { try shell("stat -c %G \(path)") == "bin\n" })
                #expect(try command(Self.liquidation, on: stage, as: "daemon").contains("group bin may signal"))
                #expect(
                    try command(Self.liquidation.replacing("20s", with: "50s"), on: stage, as: "bin").contains(
                        "goes first"))

                try stage.write()
                daemon.hangUp()
                #expect(try await eventually { !FileManager.default.fileExists(atPath: path) })
                #expect(try command(Self.liquidation, on: stage).contains("its policy has no signals"))
                #expect(try await eventually { try command("list", on: stage) == "no flow is signalled now\n" })

                try stage.write(rules: "signals: {}")
                daemon.hangUp()
                #expect(try await eventually { try shell("stat -c '%a %U %G' \(path)") == "660 root root\n" })
                #expect(try command(Self.liquidation, on: stage, as: "bin").contains("only root may signal"))
                #expect(try await daemon.end(with: SIGTERM).status == 0)
                #expect(!FileManager.default.fileExists(atPath: path))
                #expect(try command(Self.liquidation, on: stage).contains("no shaperctl run answers"))
            }
        }

        @Test("are root's alone where the daemon may not give its socket away")
        func withoutChown() async throws {
            try await DaemonStage.with { stage in
                try stage.write(rules: Self.allowed)
                let daemon = try await RunningDaemon.start(on: stage, wrapper: ["setpriv", "--bounding-set", "-chown"])
                #expect(try await daemon.logs("only root may signal: "))
                #expect(try await daemon.logs("signals are taken at \(RunFolder.signals(stage.name)) from root\n"))
                #expect(try shell("stat -c '%a %U %G' \(RunFolder.signals(stage.name))") == "660 root root\n")
                #expect(try command(Self.liquidation, on: stage).contains("goes first for 20s"))
                try await Task.sleep(for: .milliseconds(1_500))
                #expect(daemon.log.components(separatedBy: "only root may signal").count == 2, "\(daemon.log)")
            }
        }

        @Test("that make no sense are refused with a reason, and counted by it")
        func refused() async throws {
            try await DaemonStage.with { stage in
                let daemon = try await start(on: stage)
                func says(_ old: String, _ new: String) throws -> String {
                    try command(Self.liquidation.replacing(old, with: new), on: stage)
                }
                #expect(try says("perp", "prep").contains("remedy: it has one called perp"))
                #expect(try says("20s", "31s").contains("a signal lasts at most 30s"))
                #expect(try says("2500000", "-5").contains("above 0"))
                #expect(try says(":5000", "").contains("lacks its port"))
                for (series, count) in [("slice", 1.0), ("ttl", 1), ("flow", 0), ("malformed", 0)] {
                    let series = #"shaper_signals_refused_total{reason="\#(series)"}"#
                    #expect(try await eventually { try stage.metric(series) == count }, "\(series)")
                }
                #expect(daemon.isRunning)
            }
        }

        @Test("come in floods with garbage in between, and none that is one is missed")
        func flood() async throws {
            try await DaemonStage.with { stage in
                let daemon = try await start(on: stage)
                let path = RunFolder.signals(stage.name)
                var random = SystemRandomNumberGenerator()
                let socket = try DatagramSender(path)
                for number in 0..<3_000 {
                    try socket.send(signal("udp 10.0.0.1:\(1 + number % 1_000) > 10.0.0.9:5000"))
                    let length = Int.random(in: 0...3_000)
                    try socket.send((0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) })
                }
                #expect(try await eventually { try stage.metric("shaper_signals_accepted_total") == 3_000 })
                #expect(
                    try await eventually {
                        try stage.metric(#"shaper_signals_refused_total{reason="malformed"}"#) == 3_000
                    })
                let maps = try #require(try PromotionMaps(node: stage.name))
                #expect(try maps.all().count == 1_000)
                #expect(daemon.isRunning)
            }
        }

        @Test("outlive the daemon, and the next one knows them")
        func kill() async throws {
            try await DaemonStage.with { stage in
                let first = try await start(on: stage)
                #expect(try command(Self.liquidation, on: stage).contains("goes first"))
                #expect(try await first.end(with: SIGKILL).status == SIGKILL)
                #expect(try command("list", on: stage).contains("promoted"))
                let second = try await start(on: stage)
                #expect(
                    try await eventually {
                        try stage.metric(#"shaper_signal_flows{slice="perp",state="promoted"}"#) == 1
                    })
                #expect(second.isRunning)
            }
        }
    }
}
