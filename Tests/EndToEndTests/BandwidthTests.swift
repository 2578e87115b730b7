import Testing

extension EndToEnd {
    /// Who gets what of a link that everybody wants, over seconds: 38 Mbit/s of 40, which a busy machine can overfill too,
    /// and queues that hold while a sender waits for a processor.
    @Suite(.carried(ny: .shaper, ldn: .shaper)) struct Bandwidth {
        private static let link = 38.0
        private static let marketData: UInt16 = 7400
        /// No rule's, so the default class: bulk.
        private static let bulk: UInt16 = 5000

        private static func policy() throws -> PolicyText {
            try Node.ny.policy().replacing("rate: 200mbit", with: "rate: 40mbit")
                .replacing("queue: 20ms", with: "queue: 500ms").replacing(
                    "default: true", with: "default: true, queue: 500ms")
        }

        init() throws { try Node.ny.apply(Self.policy()) }

        @Test func `a flood fills the link and no more`() throws {
            let rates = try measure([(.nyA, Self.bulk, 50)])
            #expect((0.95...1.01).contains(rates[0] / Self.link), "\(rates[0]) Mbit/s of \(Self.link)")
        }

        @Test func `a class does not exceed its ceiling on an idle link`() throws {
            try Node.ny.apply(
                Self.policy().replacing(
                    "guarantee: 50%, ceiling: 100%, ports: [p1]",
                    with: "guarantee: 50%, ceiling: 100%, classes: {bulk: {ceiling: 40%}}, ports: [p1]"))
            let rates = try measure([(.nyA, Self.bulk, 30)])
            #expect((0.95...1.05).contains(rates[0] / (0.4 * Self.link)), "\(rates[0]) Mbit/s")
        }

        @Test func `a slice has what it is guaranteed while another floods`() throws {
            // Both want everything; perp is guaranteed 50 % of the link, spot 30 %.
            let rates = try measure([(.nyA, Self.bulk, 40), (.nyB, Self.bulk, 40)])
            #expect(rates[0] >= 0.95 * 0.5 * Self.link, "perp has \(rates[0]) Mbit/s")
            #expect(rates[1] >= 0.95 * 0.3 * Self.link, "spot has \(rates[1]) Mbit/s")
            #expect((0.95...1.01).contains((rates[0] + rates[1]) / Self.link), "nothing is wasted")
        }

        @Test func `what a slice leaves, another may use, and gives it back at once`() throws {
            func lost() throws -> Int { try Node.ny.classes().row("perp", "bulk").queue?.droppedPackets ?? 0 }
            let before = try lost()
            // A sender that had to wait for a processor catches up: what it offers at one time is not its rate.
            let rates = try measure([(.nyA, Self.bulk, 14), (.nyB, Self.bulk, 40)])
            #expect(try lost() == before, "perp offers less than its guarantee, and has it all")
            #expect(rates[0] > 0.25 * Self.link, "perp has \(rates[0]) Mbit/s")
            #expect((0.95...1.01).contains((rates[0] + rates[1]) / Self.link), "spot has the rest: \(rates[1]) Mbit/s")
        }

        @Test func `a class inside its guarantee loses nothing to its own slice's bulk and another slice's`() throws {
            // Of perp's 19 Mbit/s market data is guaranteed a quarter, and offers 4.
            let delays = try flooding([(.nyA, Self.bulk, 40), (.nyB, Self.bulk, 40)]) {
                try Probe(from: .nyA, to: .ldnA, port: Self.marketData, rate: 347, seconds: 3, payload: 1350).run()
            }
            #expect(delays.lostOnTheWay == 0)
        }

        @Test func `the first class in order gets a slice's excess, and the last keeps its guarantee`() throws {
            let (before, after) = try flooding([
                (.nyA, Self.marketData, 30), (.nyA, Self.bulk, 30), (.nyB, Self.bulk, 30),
            ]) {
                let before = try Node.ny.classes()
                pause(seconds: 4)
                return (before, try Node.ny.classes())
            }
            func sent(_ slice: String, _ name: String) throws -> Double {
                let bytes = try [before, after].map { try $0.row(slice, name).queue?.sent.bytes ?? 0 }
                return Double(bytes[1] - bytes[0])
            }
            let marketData = try sent("perp", "market-data"), bulk = try sent("perp", "bulk")
            // The link is full: parts of what it sent are parts of its rate.
            let all = try marketData + bulk + sent("spot", "bulk")
            #expect(bulk / all >= 0.95 * 0.05 * 0.5, "bulk has \(bulk) of \(all) bytes")
            #expect(marketData >= 5 * bulk, "market data has \(marketData) bytes, bulk \(bulk)")
        }

        @Test func `what exceeds an express ceiling is demoted, not dropped`() throws {
            let before = try Node.ny.classes().row("perp", "liquidation")
            // The ceiling is 10 % of perp's 19 Mbit/s.
            let delays = try Probe(from: .nyA, to: .ldnA, rate: 347, seconds: 3, payload: 1350).run()
            let after = try Node.ny.classes().row("perp", "liquidation")
            #expect(delays.lostOnTheWay == 0)
            let express = Double(after.express.bytes - before.express.bytes) * 8 / 1e6 / 3
            #expect(after.demoted.packets > before.demoted.packets)
            #expect(express <= 1.05 * 0.1 * 0.5 * Self.link, "\(express) Mbit/s went ahead")
        }

        /// Floods from hosts of `ny` to their counterparts while `body` runs, which begins when they all have arrived.
        ///
        /// - Parameter flows: from, to a port, with so many Mbit/s of payload.
        private func flooding<Result>(_ flows: [(Host, UInt16, Int)], _ body: () throws -> Result) throws -> Result {
            let former = try flows.map { try $0.0.counterpart.traffic(of: "eth0").receivedBytes }
            let floods = try flows.map { try flood(from: $0.0, port: $0.1, megabits: $0.2) }
            for (flow, former) in zip(flows, former) {
                let arrives = try eventually(within: 60) {
                    try flow.0.counterpart.traffic(of: "eth0").receivedBytes > former + 500_000
                }
                try #require(arrives, "nothing arrives from \(flow.0)")
            }
            pause(seconds: 1)
            let result = try body()
            for flood in floods { try flood.end() }
            return result
        }

        /// Mbit/s on the wire that arrived of each flow, over four seconds.
        private func measure(_ flows: [(Host, UInt16, Int)]) throws -> [Double] {
            try flooding(flows) {
                let readings = try (0..<2).map { number in
                    if number > 0 { pause(seconds: 4) }
                    return try flows.map { (try $0.0.counterpart.traffic(of: "eth0"), ContinuousClock.now) }
                }
                return zip(readings[0], readings[1]).map { before, after in
                    let packets = after.0.receivedPackets - before.0.receivedPackets
                    let bytes = after.0.receivedBytes - before.0.receivedBytes
                    return Double(bytes + 50 * packets) * 8 / 1e6 / ((after.1 - before.1) / .seconds(1))
                }
            }
        }
    }
}

extension Host {
    /// The other tenant of a slice.
    fileprivate var counterpart: Host {
        switch self {
        case .nyA: .ldnA
        case .nyB: .ldnB
        default: self
        }
    }
}
