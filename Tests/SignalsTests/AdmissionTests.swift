import Plan
import Policy
import Testing

@testable import Signals

@Suite("Admission")
struct AdmissionTests {
    private static let millisecond: UInt64 = 1_000_000

    /// Promoted flows that send at constant rates, looked at every 100 ms.
    private struct Market {
        var admission: Admission
        var now: UInt64 = 1_000_000_000
        var rates: [PromotedFlow: Double] = [:]
        private var bytes: [PromotedFlow: Double] = [:]

        /// Slices 1 and 2 share 100,000 bytes a second; slice 3 has 50,000.
        init(capacity: Int = 100) {
            admission = Admission(capacity: capacity)
            _ = admission.setBudgets(
                Budgets(rates: [nil: 100_000, 3: 50_000], owners: [1: nil as UInt32?, 2: nil as UInt32?, 3: 3]))
        }

        static func flow(_ number: Int, vni: UInt32 = 1) -> PromotedFlow {
            PromotedFlow(
                vni: vni, ipProtocol: 17, .init(address: IPAddress(v4: 0x0A00_0001), port: UInt16(number)),
                .init(address: IPAddress(v4: 0x0A00_0002), port: 7001))
        }

        @discardableResult
        mutating func signal(
            _ number: Int, worth notional: Double, sends rate: Double = 0, vni: UInt32 = 1,
            for milliseconds: UInt64 = 60_000
        ) throws -> Admission.Taken {
            let flow = Self.flow(number, vni: vni)
            rates[flow] = rate
            return try admission.take(flow, notional: notional, until: now + milliseconds * 1_000_000, at: now)
        }

        mutating func end(_ number: Int, vni: UInt32 = 1) { admission.remove(Self.flow(number, vni: vni)) }

        mutating func pass(_ rounds: Int = 1) {
            for _ in 0..<rounds {
                now += 100 * AdmissionTests.millisecond
                for slot in 0..<admission.slots {
                    guard let (flow, _) = admission.flow(at: slot) else { continue }
                    bytes[flow, default: 0] += (rates[flow] ?? 0) / 10
                    admission.measure(slot: slot, bytes: UInt64(bytes[flow] ?? 0), at: now)
                }
                admission.decide()
            }
        }

        func threshold(_ budget: UInt32? = nil) -> UInt64 { admission.budgetStates[budget]?.threshold.notional ?? 0 }
        func goesFirst(_ number: Int, vni: UInt32 = 1, budget: UInt32? = nil) -> Bool {
            let lowest = admission.budgetStates[budget]?.threshold ?? PromotionRank(raw: 0)
            return admission.rank(of: Self.flow(number, vni: vni)).map { $0 >= lowest } ?? false
        }
    }

    @Test("lets everybody go first while there is room")
    func room() throws {
        var market = Market()
        for number in 0..<9 { try market.signal(number, worth: Double(number + 1), sends: 10_000) }
        market.pass(20)
        #expect(market.threshold() == 0)
        #expect(
            market.admission.budgetStates[nil]
                == .init(threshold: .init(raw: 0), promoted: 9, waiting: 0, demand: 90_000))
    }

    @Test("lets those go first that are worth most, when together they send too much")
    func order() throws {
        var market = Market()
        for number in 0..<20 { try market.signal(number, worth: Double(1 + number * 7 % 20), sends: 10_000) }
        market.pass(5)
        // Nine of ten thousand fit into 95 %.
        let first = (0..<20).filter { market.goesFirst($0) }
        #expect(Set(first.map { 1 + $0 * 7 % 20 }) == Set(12...20))
        #expect(market.threshold() == 12)
        #expect(market.admission.budgetStates[nil]?.waiting == 11)
        #expect(market.admission.budgetStates[nil]?.demand == 200_000)
    }

    @Test("rises and falls with demand, at once up and down when it fits easily")
    func rising() throws {
        var market = Market()
        for number in 1...8 { try market.signal(number, worth: Double(number), sends: 10_000) }
        market.pass(5)
        #expect(market.threshold() == 0)
        for number in 9...18 { try market.signal(number, worth: Double(number), sends: 10_000) }
        market.pass(2)
        #expect(market.threshold() == 10)
        for number in 15...18 { market.end(number) }
        market.pass()
        #expect(market.threshold() == 7)
        for number in 1...18 { market.rates[Market.flow(number)] = 1_000 }
        market.pass(20)
        #expect(market.threshold() == 0)
    }

    @Test("does not flap while demand goes to and fro between the marks")
    func hysteresis() throws {
        var market = Market()
        for number in 1...10 { try market.signal(number, worth: Double(number), sends: 10_000) }
        market.pass(5)
        var thresholds: Set<UInt64> = [market.threshold()]
        for round in 0..<100 {
            for number in 1...10 { market.rates[Market.flow(number)] = round.isMultiple(of: 2) ? 9_700 : 10_200 }
            market.pass()
            thresholds.insert(market.threshold())
        }
        #expect(thresholds.count == 1)
    }

    @Test("never makes the flow wait that is worth most, whatever it sends")
    func first() throws {
        var market = Market()
        try market.signal(1, worth: 5, sends: 900_000)
        try market.signal(2, worth: 4, sends: 1)
        market.pass(3)
        #expect(market.goesFirst(1) && !market.goesFirst(2))
        #expect(!market.admission.isPressed)
    }

    @Test("tells apart who came first, among those that are worth the same")
    func equals() throws {
        var market = Market()
        for number in 0..<20 { try market.signal(number, worth: 1, sends: 10_000) }
        market.pass(3)
        #expect((0..<20).filter { market.goesFirst($0) } == Array(0..<9))
        // Said again it is the same flow.
        #expect(try market.signal(0, worth: 1, sends: 10_000).isKnown)
        market.pass()
        #expect((0..<20).filter { market.goesFirst($0) } == Array(0..<9))
    }

    @Test("knows that too many have come before they are measured, and decides by what the others send")
    func newcomers() throws {
        var market = Market()
        for number in 0..<5 { try market.signal(number, worth: 1, sends: 15_000) }
        market.pass(3)
        #expect(!market.admission.isPressed)
        try market.signal(10, worth: 9, sends: 15_000)
        #expect(!market.admission.isPressed)
        for number in 11..<15 { try market.signal(number, worth: 9, sends: 15_000) }
        #expect(market.admission.isPressed)
        market.admission.decide()
        #expect(!market.admission.isPressed)
        #expect((10..<15).allSatisfy { market.goesFirst($0) } && market.goesFirst(0) && !market.goesFirst(1))
    }

    @Test("a flow that is said to be worth more by now goes first, and one worth less waits")
    func renewal() throws {
        var market = Market()
        for number in 1...12 { try market.signal(number, worth: Double(number), sends: 10_000) }
        market.pass(3)
        #expect(!market.goesFirst(1) && market.goesFirst(12))
        try market.signal(1, worth: 100, sends: 10_000)
        try market.signal(12, worth: 0.5, sends: 10_000)
        market.pass()
        #expect(market.goesFirst(1) && !market.goesFirst(12))
        try market.signal(1, worth: 1, sends: 10_000)
        try market.signal(1, worth: 100, sends: 10_000)
        market.pass()
        #expect(market.admission.budgetStates[nil].map { $0.promoted + $0.waiting } == 12)
    }

    @Test("a slice with quotas has room of its own, the others share theirs")
    func budgets() throws {
        var market = Market()
        for number in 0..<6 {
            try market.signal(number, worth: Double(number), sends: 10_000, vni: 1)
            try market.signal(number, worth: Double(10 + number), sends: 10_000, vni: 2)
            try market.signal(number, worth: Double(100 + number), sends: 10_000, vni: 3)
        }
        market.pass(3)
        #expect(market.threshold() == 3)
        #expect(market.threshold(3) == 102)
        #expect(throws: SignalRefusal.self) { try market.signal(0, worth: 1, vni: 4) }
    }

    @Test("forgets the flows of a slice that is gone, and follows the budgets")
    func changes() throws {
        var market = Market()
        for number in 0..<6 { try market.signal(number, worth: Double(number + 1), sends: 10_000, vni: 3) }
        try market.signal(0, worth: 1)
        market.pass(3)
        #expect(market.threshold(3) == 3)
        #expect(market.admission.setBudgets(Budgets(rates: [3: 500_000], owners: [3: 3])) == [Market.flow(0)])
        market.pass()
        #expect(market.threshold(3) == 0 && market.admission.count == 6)
        // Not express: nothing to divide.
        #expect(market.admission.setBudgets(Budgets(rates: [:], owners: [3: nil as UInt32?])).isEmpty)
        market.pass()
        #expect(market.threshold() == 0 && market.admission.budgetStates[nil]?.promoted == 6)
    }

    @Test("full, it takes who is worth more than the last, and refuses the rest")
    func capacity() throws {
        var market = Market(capacity: 4)
        for number in 1...4 { try market.signal(number, worth: Double(10 * number)) }
        #expect(throws: SignalRefusal(.full, "4 flows that are worth more are promoted already")) {
            try market.signal(5, worth: 5)
        }
        #expect(try market.signal(6, worth: 25).evicted == Market.flow(1))
        #expect(try market.signal(2, worth: 100).isKnown)
        #expect(try market.signal(7, worth: 35).evicted == Market.flow(3))
        #expect(market.admission.count == 4)
        market.pass()
        #expect(try market.signal(8, worth: 36).evicted == Market.flow(6))
    }

    @Test("takes over what another process has promoted")
    func adoption() throws {
        var market = Market()
        let rank = PromotionRank(notional: 7, number: 0)
        market.admission.adopt(Market.flow(1), rank: rank, until: market.now + 1, bytes: 5_000, at: market.now)
        market.admission.adopt(Market.flow(1, vni: 9), rank: rank, until: market.now + 1, bytes: 0, at: market.now)
        #expect(market.admission.count == 1 && market.admission.rank(of: Market.flow(1)) == rank)
        #expect(try market.signal(1, worth: 7).rank == rank)
    }
}

@Suite("The demand of a flow")
struct DemandMeterTests {
    @Test("is what its bytes grow by, averaged, and not known from less than 20 ms")
    func reading() throws {
        var meter = DemandMeter(at: 0)
        meter.read(1_000, at: 10_000_000)
        #expect(meter.rate == nil)
        meter.read(1_000, at: 100_000_000)
        #expect(meter.rate == 10_000)
        meter.read(1_000, at: 300_000_000)
        #expect(meter.rate == 5_000)
        meter.read(1_000, at: 300_000_001)
        meter.read(1_000, at: 0)
        #expect(meter.rate == 5_000)
        // The counter begins anew.
        meter.read(500, at: 400_000_000)
        #expect(try abs(#require(meter.rate) - 5_000) < 1)
    }
}
