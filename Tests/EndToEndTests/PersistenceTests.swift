import Foundation
import Testing

extension EndToEnd {
    /// The packets must not notice what becomes of the process that put the programs there.
    @Suite(.carried(ny: .shaper, ldn: .shaper)) struct Persistence {
        @Test func `a daemon that is killed under load costs no packet, and the next one adopts what it finds`() throws
        {
            let daemon = try Daemon(Node.ny.policy(), on: .ny)
            let before = try Node.ny.status()
            let offered = try Node.ny.classes().row("perp", "liquidation").offered.packets
            let delays = try Probe(from: .nyA, to: .ldnA, rate: 2000, seconds: 6).run {
                for _ in 0..<4 {
                    try daemon.killAndRestart()
                    pause(seconds: 0.3)
                }
            }
            #expect(delays.received == 12_000 && delays.lostOnTheWay == 0, "\(delays)")
            let after = try Node.ny.status()
            #expect(after.generation == before.generation && after.problems == [])
            #expect(Set(after.hooks) == Set(before.hooks))
            #expect(try Node.ny.classes().row("perp", "liquidation").offered.packets == offered + 12_000)
        }

        @Test func `the policy in force, applied again, changes nothing`() throws {
            let before = try Node.ny.status().generation
            #expect(try Node.ny.apply(Node.ny.policy()).contains("nothing to change"))
            #expect(try Node.ny.status().generation == before)
        }

        @Test func `policies that replace each other under load lose no packet`() throws {
            let before = try Node.ny.status().generation
            let delays = try Probe(from: .nyA, to: .ldnA, seconds: 6).run {
                for round in 0..<4 {
                    for node in [Node.ny, .ldn] {
                        // Classes, rules and slices change their places, and rates their figures.
                        let policy = try node.policy()
                        let other = try policy.replacing(
                            "  - {name: orders,      guarantee: 25%, ceiling: 100%, dscp: CS4}\n", with: ""
                        )
                        .replacing("  - {class: orders, protocol: tcp, port: [9000, 9100-9110]}\n", with: "")
                        .replacing("guarantee: 50%", with: "guarantee: 40%")
                        try node.apply(round % 2 == 0 ? other : policy)
                    }
                }
            }
            #expect(delays.lostOnTheWay == 0)
            #expect(try Node.ny.status().generation == before + 4)
        }

        @Test func `a daemon that is asked to end leaves everything in place`() throws {
            let daemon = try Daemon(Node.ny.policy(), on: .ny)
            #expect(try daemon.terminate() == 0)
            try run("ping -c 3 -i 0.05 -W 1 10.0.0.2", on: .nyA)
            #expect(try Node.ny.status().problems == [])
        }

        @Test func `a daemon takes a new policy at SIGHUP, and keeps the old one when the new one is wrong`() throws {
            let policy = try Node.ny.policy()
            let daemon = try Daemon(policy, on: .ny)
            defer { _ = try? Node.ny.apply(policy) }
            let ceiling = { try Node.ny.classes().row("perp", "bulk").queue?.ceilingBitsPerSecond }
            let before = try ceiling()
            try daemon.reload(policy.replacing("guarantee: 50%", with: "guaranty: 50%"))
            pause(seconds: 1)
            #expect(try ceiling() == before)
            let text = "guarantee: 50%, ceiling: 100%"
            try daemon.reload(policy.replacing(text, with: "guarantee: 50%, ceiling: 60%"))
            #expect(try eventually(within: 60) { try ceiling() == 114_000_000 })
        }

        @Test func `a daemon puts back what somebody else removed`() throws {
            let daemon = try Daemon(Node.ny.policy(), on: .ny)
            try withExtendedLifetime(daemon) {
                try run("tc qdisc del dev u0 root", on: .ny)
                #expect(try eventually(within: 60) { try run("tc class show dev u0", on: .ny).contains("5348:105") })
                #expect(try eventually(within: 60) { try Node.ny.status().problems == [] })
                let refused = try Node.ny.shaperctl("unload", "--node", Node.ny.name)
                #expect(refused.status == 1 && refused.err.contains("daemon"), "it would put everything back")
            }
        }

        @Test(arguments: [false, true])
        func `class set is in force at once, and until the next apply`(hasDaemon: Bool) throws {
            let policy = try Node.ny.policy()
            let daemon = try hasDaemon ? Daemon(policy, on: .ny) : nil
            try withExtendedLifetime(daemon) {
                let flood = try flood(from: .nyA, port: 5000, megabits: 40)
                #expect(try eventually(within: 60) { try megabits() > 35 })
                try run(
                    [
                        Lab.shaperctl, "class", "set", "bulk", "--slice", "perp", "--ceiling", "10mbit", "--reason",
                        "a test", "--node", Node.ny.name,
                    ], on: .ny)
                // What the queue held at the old rate is gone after some tenths of a second.
                pause(seconds: 0.3)
                #expect((0.93...1.07).contains(try megabits() / 10))
                let row = try Node.ny.classes().row("perp", "bulk")
                #expect(row.ceilingOverridden && row.queue?.ceilingBitsPerSecond == 10_000_000)
                if let daemon {
                    try daemon.killAndRestart()
                    #expect(try Node.ny.classes().row("perp", "bulk").ceilingOverridden, "a restart is no apply")
                }
                try Node.ny.apply(policy)
                #expect(try !Node.ny.classes().row("perp", "bulk").ceilingOverridden)
                #expect(try eventually(within: 60) { try megabits() > 35 })
                try flood.end()
            }
        }

        /// On the wire from `ny`, over a second.
        private func megabits() throws -> Double {
            let start = ContinuousClock.now
            let before = try Host.ny.traffic(of: "u0").sentBytes
            pause(seconds: 1)
            let after = try Host.ny.traffic(of: "u0").sentBytes
            return Double(after - before) * 8 / 1e6 / ((ContinuousClock.now - start) / .seconds(1))
        }
    }
}
