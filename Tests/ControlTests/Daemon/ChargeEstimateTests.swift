import Testing

@testable import Control

@Suite("What XDP is charged for")
struct ChargeEstimateTests {
    /// Reads every 5 ms for some milliseconds a counter that grows at a rate.
    private struct Meter {
        var estimate = ChargeEstimate(charged: 0, step: 1_000_000, most: 50_000_000)
        var time: UInt64 = 1
        var bytes: UInt64 = 0
        var changes: [UInt64] = []

        mutating func run(milliseconds: UInt64, mbit: UInt64) {
            for _ in 0..<milliseconds / 5 {
                time += 5_000_000
                bytes += mbit * 625
                if let change = estimate.read(bytes, at: time) { changes.append(change) }
            }
        }
    }

    @Test("follows up within five looks, a tenth above")
    func attack() {
        var meter = Meter()
        meter.run(milliseconds: 100, mbit: 0)
        #expect(meter.changes.isEmpty)
        meter.run(milliseconds: 25, mbit: 30)
        #expect(meter.changes.last == 33_000_000)
    }

    @Test("holds a steady rate without a change")
    func steady() {
        var meter = Meter()
        meter.run(milliseconds: 100, mbit: 30)
        let changes = meter.changes.count
        meter.run(milliseconds: 1000, mbit: 30)
        #expect(meter.changes.count == changes)
    }

    @Test("comes down when it has been less for 200 ms, and not before")
    func release() {
        var meter = Meter()
        meter.run(milliseconds: 100, mbit: 30)
        meter.run(milliseconds: 200, mbit: 0)
        #expect(meter.estimate.charged == 33_000_000)
        meter.run(milliseconds: 100, mbit: 0)
        #expect(meter.estimate.charged < 33_000_000)
        meter.run(milliseconds: 300, mbit: 0)
        #expect(meter.estimate.charged == 0)
    }

    @Test("never takes more than the express classes may use, and survives a counter that begins anew")
    func bounds() {
        var meter = Meter()
        meter.run(milliseconds: 50, mbit: 90)
        #expect(meter.estimate.charged == 50_000_000)
        meter.bytes = 0
        meter.run(milliseconds: 50, mbit: 90)
        #expect(meter.estimate.charged == 50_000_000)
    }
}
