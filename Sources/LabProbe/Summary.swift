/// What a demonstration measured: liquidation datagrams' delay on an idle link, beside bulk without the shaper
/// and beside bulk with it, in one run.
package struct Summary: Encodable, Equatable {
    package var idle: Delays
    package var unshaped: Delays
    package var shaped: Delays
    package var bulk: Bulk

    package init(idle: Delays, unshaped: Delays, shaped: Delays, bulk: Bulk) {
        self.idle = idle
        self.unshaped = unshaped
        self.shaped = shaped
        self.bulk = bulk
    }

    /// Delays are medians over the rounds, in µs; `sent` and `lost` are sums.
    package struct Delays: Encodable, Equatable {
        package var p50Us: Double
        package var p99Us: Double
        package var p999Us: Double
        package var sent: UInt64
        package var lost: UInt64
        /// Shown, but not among the figures of the file.
        package var processP99Us: Double

        private enum CodingKeys: CodingKey { case p50Us, p99Us, p999Us, sent, lost }

        /// A median, so that one disturbed round does not decide. Throws when some round received nothing.
        package init(_ rounds: [DelayReport]) throws {
            func median(of part: (DelayReport) -> Double?) throws -> Double {
                let values = rounds.compactMap(part)
                guard values.count == rounds.count, let median = values.median else { throw NothingMeasured() }
                return median
            }
            p50Us = try median { $0.p50Us }
            p99Us = try median { $0.p99Us }
            p999Us = try median { $0.p999Us }
            sent = rounds.reduce(0) { $0 + $1.sent }
            lost = rounds.reduce(0) { $0 + $1.lost }
            processP99Us = try median { $0.processP99Us }
        }
    }

    package struct Bulk: Encodable, Equatable {
        package var unshapedMbit: Double
        package var shapedMbit: Double

        package init(unshapedMbit: Double, shapedMbit: Double) {
            self.unshapedMbit = unshapedMbit
            self.shapedMbit = shapedMbit
        }
    }
}

package struct NothingMeasured: Error, CustomStringConvertible {
    package let description = "a round received nothing: there is no delay to summarise"
}

extension [Double] {
    /// The mean of the middle two where their number is even. nil: no values.
    package var median: Double? {
        let sorted = sorted()
        guard !isEmpty else { return nil }
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }
}

extension Summary {
    /// For people.
    package var table: String {
        let rows = [
            ["liquidation datagrams", "p50", "p99", "p99.9", "p99 to process", "lost", "bulk TCP"],
            row("idle, with the shaper", idle, bulk: nil),
            row("bulk, without the shaper", unshaped, bulk: bulk.unshapedMbit),
            row("bulk, with the shaper", shaped, bulk: bulk.shapedMbit),
        ]
        return """
            \(aligned(rows))

            Under bulk the shaper's p99 is \(ratio(unshaped.p99Us, shaped.p99Us)) times lower than without it, \
            and \(ratio(shaped.p99Us, idle.p99Us)) times the idle link's.
            Bulk keeps \(percent(bulk.shapedMbit, of: bulk.unshapedMbit)) of the throughput it had.
            """
    }

    private func row(_ name: String, _ delays: Delays, bulk: Double?) -> [String] {
        [
            name, time(delays.p50Us), time(delays.p99Us), time(delays.p999Us), time(delays.processP99Us),
            "\(delays.lost) of \(delays.sent)", bulk.map { "\($0) Mbit/s" } ?? "-",
        ]
    }

    private func time(_ microseconds: Double) -> String {
        microseconds < 1000 ? "\(microseconds.rounded(to: 0).whole) µs" : "\((microseconds / 1000).rounded(to: 1)) ms"
    }

    private func ratio(_ larger: Double, _ smaller: Double) -> String {
        guard smaller > 0 else { return "infinitely many" }
        let ratio = larger / smaller
        return ratio < 10 ? "\(ratio.rounded(to: 1))" : "\(ratio.whole)"
    }

    private func percent(_ part: Double, of whole: Double) -> String {
        whole > 0 ? "\((part / whole * 100).whole) %" : "all"
    }
}

extension Double {
    fileprivate var whole: Int { Int(rounded()) }
}
