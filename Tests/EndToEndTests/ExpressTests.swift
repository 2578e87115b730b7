import Testing

extension EndToEnd {
    /// Small urgent datagrams on a link that bulk overfills.
    @Suite struct Express {
        @Test func `express is ahead of the bulk that it would otherwise wait behind`() throws {
            let unshaped = try carried(ny: .kernel, ldn: .kernel) { try delaysBesideBulk().p99() }
            let shaped = try carried(ny: .shaper, ldn: .shaper) { try (0..<3).map { _ in try delaysBesideBulk() } }
            #expect(shaped.map(\.lostOnTheWay) == [0, 0, 0])
            // A round in which the machine did something else does not decide.
            let median = try shaped.map { try $0.p99() }.sorted()[1]
            #expect(unshaped / median >= 20, "p99 \(unshaped) µs without the shaper, \(median) µs with it")
        }

        private func delaysBesideBulk() throws -> Delays {
            let bulk = try Bulk(from: .nyA, to: .ldnA)
            return try withExtendedLifetime(bulk) { try Probe(from: .nyA, to: .ldnA, seconds: 3).run() }
        }
    }

    /// What disturbs a fabric; none of it may cost an express packet.
    @Suite(.carried(ny: .shaper, ldn: .shaper)) struct Disturbances {
        @Test func `neighbours that are forgotten under a full default class cost no express packet`() throws {
            let floods = [
                try flood(from: .nyA, port: 5000, megabits: 220),
                try flood(from: .ldnA, to: "10.0.0.1", port: 5000, megabits: 220),
            ]
            pause(seconds: 0.5)
            let delays = try Probe(from: .nyA, to: .ldnA, seconds: 5).run {
                for _ in 0..<12 {
                    // Addresses that are known. Of one that is being asked for, a flush takes what waits for it too.
                    let known = "nud reachable nud stale nud delay nud probe"
                    for host in [Host.ny, .ldn, .nyA, .ldnA] { try run("ip neigh flush \(known)", on: host) }
                    pause(seconds: 0.3)
                }
            }
            for flood in floods { try flood.end() }
            #expect(delays.lostOnTheWay == 0)
        }

        @Test func `a tenant that has thousands of addresses fills its own table only`() throws {
            try run("ping -c 1 -W 1 10.0.0.2", on: .nyB)
            let spoofer = try FrameSocket(on: .nyA, interface: "eth0")
            let delays = try Probe(from: .nyB, to: .ldnB, port: 7400, seconds: 4).run {
                for number in 0..<20_000 {
                    try spoofer.send(Frame(to: .lab(2, 1), from: .number(UInt32(number)), payload: [1]))
                }
            }
            #expect(delays.lostOnTheWay == 0)
            for node in [Node.ny, .ldn] {
                let slices = try node.status().slices
                // The lab's policy leaves macLimit at 1,024: 128 buckets of 8, not all of them full by chance.
                #expect(slices.contains { $0.name == "perp" && (900...1024).contains($0.learnedAddresses) })
                #expect(slices.contains { $0.name == "spot" && $0.learnedAddresses == 2 })
            }
            try run("ping -c 3 -i 0.05 -W 1 10.0.0.2", on: .nyA)
        }
    }
}
