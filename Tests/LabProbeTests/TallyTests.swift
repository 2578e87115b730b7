import LabProbe
import Testing

@Suite struct TallyTests {
    /// Feeds sequence numbers; the n-th datagram takes n microseconds.
    private func report(of sequences: [UInt64?], expected: UInt64) -> DelayReport {
        var tally = Tally(expected: expected)
        for (index, sequence) in sequences.enumerated() {
            let datagram = sequence.map { Datagram(sequence: $0, value: 0, sentAt: 1_000_000) }
            _ = tally.count(datagram, at: 1_000_000 + UInt64(index + 1) * 1000, read: 2_000_000)
        }
        return tally.report(socketDrops: 0)
    }

    @Test func `everything in order is no loss`() {
        let report = report(of: [0, 1, 2, 3], expected: 4)
        #expect(report.received == 4 && report.lost == 0 && report.reordered == 0 && report.duplicates == 0)
    }

    @Test func `a gap is a loss, not a reordering`() {
        let report = report(of: [0, 1, 3], expected: 4)
        #expect(report.lost == 1 && report.reordered == 0)
    }

    @Test func `what comes after a later one is reordered`() {
        let report = report(of: [0, 3, 1, 2], expected: 4)
        #expect(report.lost == 0 && report.reordered == 2)
    }

    @Test func `a duplicate counts once and has no delay of its own`() {
        let report = report(of: [0, 0, 0], expected: 1)
        #expect(report.received == 1 && report.duplicates == 2 && report.maxUs == 1)
    }

    @Test func `strangers and numbers beyond the expected are foreign`() {
        let report = report(of: [nil, 4, .max, 0], expected: 4)
        #expect(report.foreign == 3 && report.received == 1 && report.lost == 3)
    }

    @Test func `a clock set back gives no negative delay`() {
        var tally = Tally(expected: 1)
        _ = tally.count(Datagram(sequence: 0, value: 0, sentAt: 5000), at: 4000, read: 4500)
        #expect(tally.report(socketDrops: 0).maxUs == 0)
    }

    @Test func `it is complete when every number has come`() {
        var tally = Tally(expected: 2)
        for sequence: UInt64 in [1, 1, 0] {
            #expect(!tally.isComplete)
            _ = tally.count(Datagram(sequence: sequence, value: 0, sentAt: 0), at: 0, read: 0)
        }
        #expect(tally.isComplete)
    }

    @Test(arguments: [(0.5, 500), (0.99, 990), (0.999, 999), (1, 1000), (0, 1)])
    func `percentiles are nearest ranks`(quantile: Double, expected: Int) {
        #expect(percentile(quantile, of: Array(1...1000)) == expected)
    }

    @Test func `nothing has no percentile and no median`() {
        #expect(percentile(0.5, of: [Int]()) == nil)
        #expect([Double]().median == nil)
        #expect(report(of: [], expected: 3).p50Us == nil)
    }

    @Test(arguments: [([3, 1, 2], 2), ([4, 1, 3, 2], 2.5), ([9], 9)] as [([Double], Double)])
    func `a median does not need sorted values`(values: [Double], expected: Double) {
        #expect(values.median == expected)
    }
}

@Suite struct ScheduleTests {
    @Test func `deadlines do not drift`() {
        #expect(Schedule(rate: 3).offset(of: 3) == 1_000_000_000)
        #expect(Schedule(rate: 100_000).offset(of: 12_345_678) == 123_456_780_000)
    }

    @Test func `a burst shares its first datagram's deadline`() {
        let schedule = Schedule(rate: 1000, burst: 4)
        #expect((0..<9).map { schedule.offset(of: $0) / 1_000_000 } == [0, 0, 0, 0, 4, 4, 4, 4, 8])
        #expect(schedule.interval == 4_000_000)
    }
}
