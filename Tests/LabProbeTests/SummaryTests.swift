import LabProbe
import Testing

@Suite struct SummaryTests {
    private func round(p99 delay: Double?, lost: UInt64 = 0) -> DelayReport {
        var tally = Tally(expected: 100)
        if let delay {
            for sequence in 0..<(100 - lost) {
                _ = tally.count(
                    Datagram(sequence: sequence, value: 0, sentAt: 0), at: UInt64(delay * 1000),
                    read: UInt64(delay * 2000))
            }
        }
        return tally.report(socketDrops: 0)
    }

    private func delays(_ values: [Double]) throws -> Summary.Delays {
        try Summary.Delays(values.map { round(p99: $0) })
    }

    @Test func `one disturbed round does not decide`() throws {
        let delays = try delays([50, 60, 90_000, 40, 55])
        #expect(delays.p99Us == 55 && delays.processP99Us == 110)
    }

    @Test func `losses of all rounds are added`() throws {
        let delays = try Summary.Delays([round(p99: 1, lost: 2), round(p99: 1), round(p99: 1, lost: 3)])
        #expect(delays.sent == 300 && delays.lost == 5)
    }

    @Test func `a round that received nothing is an error, never a good figure`() {
        #expect(throws: NothingMeasured.self) { try Summary.Delays([round(p99: 1), round(p99: nil)]) }
        #expect(throws: NothingMeasured.self) { try Summary.Delays([]) }
    }

    @Test func `the JSON has exactly the documented keys`() throws {
        let summary = Summary(
            idle: try delays([50]), unshaped: try delays([40_000]), shaped: try delays([80]),
            bulk: .init(unshapedMbit: 187.5, shapedMbit: 178.1))
        func delay(_ value: String) -> String {
            #"{"lost":0,"p50_us":\#(value),"p999_us":\#(value),"p99_us":\#(value),"sent":100}"#
        }
        #expect(
            try encodeJSON(summary)
                == #"{"bulk":{"shaped_mbit":178.1,"unshaped_mbit":187.5},"idle":\#(delay("50"))"#
                + #","shaped":\#(delay("80")),"unshaped":\#(delay("40000"))}"#)
    }

    @Test func `the table says the ratios`() throws {
        let summary = Summary(
            idle: try delays([50]), unshaped: try delays([40_000]), shaped: try delays([80]),
            bulk: .init(unshapedMbit: 200, shapedMbit: 190))
        #expect(summary.table.contains("40.0 ms"))
        #expect(summary.table.contains("p99 is 500 times lower than without it, and 1.6 times the idle link's"))
        #expect(summary.table.contains("95 % of the throughput"))
    }

    @Test func `a report that is none names its file`() {
        #expect { try decodeJSON(DelayReport.self, from: "/dev/null") } throws: { "\($0)".contains("/dev/null") }
        #expect { try decodeJSON(DelayReport.self, from: "/no/such") } throws: { "\($0)".contains("/no/such") }
    }
}
