import Testing

extension EndToEnd {
    /// Who gets what of a link that everybody wants, over seconds. The link class has 190 of the wire's 200 Mbit/s.
    @Suite(.carried(ny: .shaper, ldn: .shaper)) struct Bandwidth {
        private static let link = 190.0
        private static let marketData: UInt16 = 7400
        /// No rule's, so the default class: bulk.
        private static let bulk: UInt16 = 5000

        @Test func `a flood fills the link and no more`() throws {
            let rates = try measure([(.nyA, Self.bulk, 250)])
            #expect((0.95...1.01).contains(rates[0] / Self.link), "\(rates[0]) Mbit/s of \(Self.link)")
        }

        @Test func `a class does not exceed its ceiling on an idle link`() throws {
            let policy = try Node.ny.policy()
            try Node.ny.apply(
                policy.replacing(
                    "guarantee: 50%, ceiling: 100%, ports: [p1]",
                    with: "guarantee: 50%, ceiling: 100%, classes: {bulk: {ceiling: 40%}}, ports: [p1]"))
            defer { _ = try? Node.ny.apply(policy) }
            let rates = try measure([(.nyA, Self.bulk, 150)])
            #expect((0.95...1.05).contains(rates[0] / (0.4 * Self.link)), "\(rates[0]) Mbit/s")
        }

        @Test func `a slice has what it is guaranteed while another floods`() throws {
            // Both want everything; perp is guaranteed 50 % of the link, spot 30 %.
            let rates = try measure([(.nyA, Self.bulk, 200), (.nyB, Self.bulk, 200)])
            #expect(rates[0] >= 0.95 * 0.5 * Self.link, "perp has \(rates[0]) Mbit/s")
            #expect(rates[1] >= 0.95 * 0.3 * Self.link, "spot has \(rates[1]) Mbit/s")
            #expect((0.95...1.01).contains((rates[0] + rates[1]) / Self.link), "nothing is wasted")
        }

        @Test func `what a slice leaves, another may use, and gives it back at once`() throws {
            let rates = try measure([(.nyA, Self.bulk, 80), (.nyB, Self.bulk, 200)])
            let offered = 80 * Self.wireShare
            #expect((0.95...1.05).contains(rates[0] / offered), "perp offers less than its guarantee, and has it all")
            #expect((0.93...1.05).contains(rates[1] / (Self.link - offered)), "spot has the rest: \(rates[1]) Mbit/s")
        }

        @Test func `a class inside its guarantee loses nothing to its own slice's bulk and another slice's`() throws {
            // Of perp's 95 Mbit/s market data is guaranteed a quarter, and offers 20.
            let floods = [
                try flood(from: .nyA, port: Self.bulk, megabits: 200, seconds: 6),
                try flood(from: .nyB, port: Self.bulk, megabits: 200, seconds: 6),
            ]
            pause(seconds: 1)
            let delays = try Probe(
                from: .nyA, to: .ldnA, port: Self.marketData, rate: 1735, seconds: 3, payload: 1350
            ).run()
            for flood in floods { try flood.finish(within: 10) }
            #expect(delays.lostOnTheWay == 0)
        }

        @Test func `the first class in order gets a slice's excess, and the last keeps its guarantee`() throws {
            let before = try Node.ny.classes()
            let floods = try [(Host.nyA, Self.marketData), (.nyA, Self.bulk), (.nyB, Self.bulk)].map {
                try flood(from: $0.0, port: $0.1, megabits: 150, seconds: 5)
            }
            for flood in floods { try flood.finish(within: 15) }
            let after = try Node.ny.classes()
            func megabits(_ name: String) throws -> Double {
                let bytes = try [before, after].map { try $0.row("perp", name).queue?.sent.bytes ?? 0 }
                return Double(bytes[1] - bytes[0]) * 8 / 1e6 / 5
            }
            let (marketData, bulk) = (try megabits("market-data"), try megabits("bulk"))
            let guarantee = 0.05 * 0.5 * Self.link
            #expect(bulk >= 0.95 * guarantee, "bulk has \(bulk) Mbit/s of \(guarantee)")
            #expect(marketData >= 5 * bulk, "market data has \(marketData) Mbit/s, bulk \(bulk)")
        }

        @Test func `what exceeds an express ceiling is demoted, not dropped`() throws {
            let before = try Node.ny.classes().row("perp", "liquidation")
            // The ceiling is 10 % of perp's 95 Mbit/s.
            let delays = try Probe(from: .nyA, to: .ldnA, rate: 1735, seconds: 3, payload: 1350).run()
            let after = try Node.ny.classes().row("perp", "liquidation")
            #expect(delays.lostOnTheWay == 0)
            let express = Double(after.express.bytes - before.express.bytes) * 8 / 1e6 / 3
            #expect(after.demoted.packets > before.demoted.packets)
            #expect(express <= 1.05 * 0.1 * 0.5 * Self.link, "\(express) Mbit/s went ahead")
        }

        /// On the wire a datagram of 1,350 bytes has 92 bytes of headers: 42 inner ones and 50 outer ones.
        private static let wireShare = 1442.0 / 1350

        /// Floods for four seconds from hosts of `ny` to their counterparts.
        ///
        /// - Parameter flows: from, to a port, with so many Mbit/s of payload.
        /// - Returns: Mbit/s on the wire that arrived of each, over the middle two and a half seconds.
        private func measure(_ flows: [(Host, UInt16, Int)]) throws -> [Double] {
            let floods = try flows.map { try flood(from: $0.0, port: $0.1, megabits: $0.2, seconds: 4) }
            pause(seconds: 1)
            let receivers = flows.map { $0.0 == .nyA ? Host.ldnA : .ldnB }
            let start = ContinuousClock.now
            let before = try receivers.map { try $0.traffic(of: "eth0") }
            pause(seconds: 2.5)
            let after = try receivers.map { try $0.traffic(of: "eth0") }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            for flood in floods { try flood.finish(within: 10) }
            return zip(before, after).map { before, after in
                let packets = after.receivedPackets - before.receivedPackets
                let bytes = after.receivedBytes - before.receivedBytes
                return Double(bytes + 50 * packets) * 8 / 1e6 / seconds
            }
        }
    }
}
