import Foundation
import Testing

extension EndToEnd {
    /// Flows that somebody calls liquidations while they last.
    @Suite(.carried(ny: .shaper, ldn: .shaper)) struct Signals {
        @Test func `the flows that are worth most go first, as many as fit, and nobody's time is forgotten`() throws {
            var policy = try Node.ny.policy()
            policy.text += "signals: {longest: 60s}\n"
            let daemon = try Daemon(policy, on: .ny)
            try withExtendedLifetime(daemon) {
                try run("ping -c 2 -i 0.1 -W 2 10.0.0.2", on: .nyA)
                // 9.5 Mbit go express: one of these does, not both. Both are bulk by the rules.
                let high = try flow(4001, seconds: 8), low = try flow(4002, seconds: 20)
                pause(seconds: 0.3)
                #expect(try grown(seconds: 0.5).first == 0)

                try signal(4002, notional: 10, ttl: "15s")
                pause(seconds: 0.5)
                #expect(try state() == [4002: "promoted"])
                #expect(try grown(seconds: 1).isOneFlow)
                try signal(4001, notional: 1_000_000, ttl: "12s")
                #expect(try eventually(within: 3) { try state() == [4001: "promoted", 4002: "waiting"] })
                pause(seconds: 0.3)
                let together = try grown(seconds: 1.5)
                #expect(together.isOneFlow && together.last > 0, "\(together)")

                // The first one ends, and there is room for the other.
                try high.finish(within: 10)
                #expect(try eventually(within: 3) { try state() == [4001: "promoted", 4002: "promoted"] })
                #expect(try grown(seconds: 1).isOneFlow)
                #expect(try eventually(within: 15) { try state().isEmpty })
                #expect(try grown(seconds: 1).first == 0)
                low.signal(SIGTERM)
                try low.finish(within: 5)
            }
        }

        /// 6 Mbit of datagrams that the rules take for bulk.
        private func flow(_ port: Int, seconds: Double) throws -> Job {
            try Job(
                [
                    Lab.labProbe, "flood", "--from", "10.0.0.1:\(port)", "--to", "10.0.0.2:5001", "--rate-mbit", "6",
                    "--seconds", String(seconds), "--size", "500",
                ], on: .nyA)
        }

        private func signal(_ port: Int, notional: Int, ttl: String) throws {
            let output = try Node.ny.shaperctl(
                "signal", "liquidation", "--slice", "perp", "--flow", "udp 10.0.0.1:\(port) > 10.0.0.2:5001",
                "--notional", String(notional), "--ttl", ttl, "--node", Node.ny.name)
            #expect(output.status == 0, "\(output.err)")
        }

        /// What becomes of the signalled flows, by their ports.
        private func state() throws -> [Int: String] {
            struct Table: Decodable {
                struct Row: Decodable { var flow, state: String }
                var flows: [Row]
            }
            let output = try Node.ny.shaperctl("signal", "list", "--node", Node.ny.name, "--json")
            let rows = try JSONDecoder().decode(Table.self, from: Data(output.out.utf8)).flows
            return Dictionary(uniqueKeysWithValues: rows.map { ($0.flow.contains(":4001 ") ? 4001 : 4002, $0.state) })
        }

        private struct Growth {
            /// Packets of the first class and of the last.
            var first, last: Int
            /// A flow is 1,500 packets a second.
            var isOneFlow: Bool {
                first > 0 && Double(first) > 0.6 * seconds * 1500 && Double(first) < 1.4 * seconds * 1500
            }
            var seconds: Double
        }

        private func grown(seconds: Double) throws -> Growth {
            func counts() throws -> (time: Date, first: Int, last: Int) {
                let classes = try Node.ny.classes()
                let first = try classes.row("perp", "liquidation"), last = try classes.row("perp", "bulk")
                return (Date(), first.offered.packets, last.offered.packets)
            }
            let before = try counts()
            pause(seconds: seconds)
            let after = try counts()
            return Growth(
                first: after.first - before.first, last: after.last - before.last,
                seconds: after.time.timeIntervalSince(before.time))
        }
    }
}
