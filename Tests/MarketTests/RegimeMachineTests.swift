import Market
import Policy
import Testing

@Suite("Regimes with the defaults")
struct RegimeMachineTests {
    private var machine = RegimeMachine(.oneMarket)

    private mutating func look(
        _ seconds: Int64, _ volatility: Double, baseline: Double? = 30, rate: Double? = nil, isNew: Bool = true,
        alarm: MarketReading.Alarm? = nil
    ) -> Regime {
        let sight = Sight(volatility: volatility, baseline: baseline, messageRate: rate, rateMultiple: rate)
        machine.look(at: start + seconds * second, [sight], isNew: isNew, alarm: alarm)
        return machine.regime
    }

    @Test("Elevated and extreme are entered at one look, storm at two in a row")
    mutating func entering() {
        #expect(look(0, 79) == .calm)
        #expect(look(1, 80) == .elevated)
        #expect(look(2, 120) == .elevated)
        #expect(look(3, 119) == .elevated)
        #expect(look(4, 120) == .elevated)
        #expect(look(4, 120, isNew: false) == .elevated)
        #expect(look(5, 120) == .storm)
        #expect(look(6, 400) == .extreme)
    }

    @Test("Calm becomes extreme in one step, whatever the baseline")
    mutating func jump() {
        #expect(look(0, 400, baseline: nil) == .extreme)
        machine = RegimeMachine(.oneMarket)
        #expect(look(0, 399, baseline: 1000) == .calm)
        #expect(look(1, 400, baseline: 1000, isNew: false) == .extreme)
    }

    @Test("Without a baseline the absolute levels hold; a market that is always so wild is measured by its own later")
    mutating func young() {
        #expect(look(0, 79, baseline: nil) == .calm)
        #expect(look(1, 90, baseline: nil) == .elevated)
        #expect(look(2, 120, baseline: nil) == .elevated)
        #expect(look(3, 120, baseline: nil) == .storm)
        // 0.7 of 120, and 0.7 of 2.5 times 80.
        #expect(look(3600, 100, baseline: nil) == .storm)
        let state = machine.state
        #expect(look(3601, 139, baseline: 80) == .elevated)
        machine.resume(state)
        #expect(look(3601, 139, baseline: 80) == .elevated)
        #expect(look(3602, 139, baseline: 80) == .elevated)
        #expect(look(3601 + 900, 139, baseline: 80) == .calm)
    }

    @Test("A high baseline asks for 2.5 times of it")
    mutating func relative() {
        #expect(look(0, 199, baseline: 80) == .calm)
        #expect(look(1, 200, baseline: 80) == .elevated)
        #expect(look(2, 200, baseline: 80) == .storm)
    }

    @Test("The message rate leads: five times its median is elevated, ten times with 80 % of volatility a storm")
    mutating func rates() {
        #expect(look(0, 20, rate: 4.9) == .calm)
        #expect(look(1, 20, rate: 5, isNew: false) == .elevated)
        #expect(look(2, 79, rate: 14) == .elevated)
        #expect(look(3, 80, rate: 10, isNew: false) == .storm)
    }

    @Test("A regime is left below 0.7 of its level, 15 minutes after the market was last as bad, one state at a time")
    mutating func leaving() {
        #expect(look(0, 500) == .extreme)
        #expect(look(60, 400) == .extreme)
        #expect(look(900, 279) == .extreme)
        #expect(look(959, 10) == .extreme)
        #expect(look(960, 280) == .extreme)
        #expect(look(961, 279) == .storm)
        #expect(look(962, 10) == .storm)
        #expect(look(961 + 899, 10) == .storm)
        #expect(look(961 + 900, 84) == .storm)
        #expect(look(961 + 901, 83) == .elevated)
        #expect(look(961 + 901 + 900, 57) == .elevated)
        #expect(look(961 + 901 + 901, 55) == .calm)
    }

    @Test("A lull in which messages fall to six times their median does not end a storm")
    mutating func busyLull() {
        #expect(look(0, 100, rate: 14) == .storm)
        #expect(look(3600, 20, rate: 6) == .storm)
        #expect(look(7200, 20, rate: 3.5) == .storm)
        #expect(look(7201, 20, rate: 3.4) == .elevated)
    }

    @Test(
        "With an alarm nothing becomes milder, and the dwell time begins when it ends",
        arguments: [Regime.elevated, .storm, .extreme])
    mutating func alarms(_ regime: Regime) {
        for second in 0..<2 {
            _ = look(Int64(second), regime == .elevated ? 100 : regime == .storm ? 200 : 900)
        }
        #expect(machine.regime == regime)
        for hour in Int64(1)..<100 {
            #expect(look(hour * 3600, 1, alarm: .stale(feed: "a")) == regime)
        }
        #expect(look(99 * 3600 + 899, 1) == regime)
        #expect(look(99 * 3600 + 900, 1) == regime.milder)
    }

    @Test("A clock that steps back prolongs a regime by the dwell time at most")
    mutating func clock() {
        #expect(look(1_000_000, 500) == .extreme)
        #expect(look(0, 1) == .extreme)
        #expect(look(899, 1) == .extreme)
        #expect(look(900, 1) == .storm)
    }
}
