import Policy

/// What traffic got in each regime of a storm.
package struct StormFigures: Encodable, Equatable {
    package var source: String
    package var regimes: [Row]
    /// From the price to the kernel's acknowledgement, the slowest change.
    package var slowestChangeUs: Int?

    package struct Row: Encodable, Equatable {
        package var regime: Regime
        package var seconds: Double
        package var bulkMbit: Double
        package var marketDataMbit: Double
        package var p50Us: Double?
        package var p99Us: Double?
        package var sent: Int
        package var lost: Int
    }

    /// Before the first decision it is calm. The counters say from when until when.
    package init(source: String, decisions: DecisionReport, trace: DelayTrace, counters: [TrafficCount]) throws {
        guard let first = counters.first, let last = counters.last, counters.count > 1, !trace.arrivals.isEmpty
        else { throw NothingMeasured() }
        var changes: [(time: Double, regime: Regime)] = [(first.time, .calm)]
        for entry in decisions.decisions {
            guard let regime = entry.regime, let time = entry.seconds, regime != changes[changes.count - 1].regime
            else { continue }
            changes.append((max(time, first.time), regime))
        }
        func regime(at time: Double) -> Regime? {
            guard time >= first.time, time <= last.time else { return nil }
            return changes.last { $0.time <= time }?.regime
        }
        var rows = Regime.allCases.map { Part(regime: $0) }
        for (before, after) in zip(counters, counters.dropFirst()) {
            // What a change falls into is the regime's that most of it was in.
            guard let regime = regime(at: (before.time + after.time) / 2) else { continue }
            rows[regime.severity].add(before, after)
        }
        for arrival in trace.arrivals {
            if let regime = regime(at: Double(arrival.sentAt) / 1e9) { rows[regime.severity].delays.append(arrival.delay) }
        }
        for time in trace.losses {
            if let regime = regime(at: Double(time) / 1e9) { rows[regime.severity].lost += 1 }
        }
        self.source = source
        regimes = rows.compactMap(\.row)
        slowestChangeUs = decisions.decisions.compactMap(\.microseconds).max()
    }

    private struct Part {
        var regime: Regime
        var seconds = 0.0
        var bulk = 0.0
        var marketData = 0.0
        var delays: [UInt64] = []
        var lost = 0

        mutating func add(_ before: TrafficCount, _ after: TrafficCount) {
            seconds += after.time - before.time
            bulk += after.bulk - before.bulk
            marketData += after.marketData - before.marketData
        }

        /// nil: the market was never in it.
        var row: Row? {
            guard seconds > 0 else { return nil }
            func mbit(_ bytes: Double) -> Double { (bytes * 8 / seconds / 1e6).rounded(to: 1) }
            let sorted = delays.sorted()
            func microseconds(_ quantile: Double) -> Double? {
                percentile(quantile, of: sorted).map { (Double($0) / 1000).rounded(to: 1) }
            }
            return Row(
                regime: regime, seconds: seconds.rounded(to: 1), bulkMbit: mbit(bulk), marketDataMbit: mbit(marketData),
                p50Us: microseconds(0.5), p99Us: microseconds(0.99), sent: delays.count + lost, lost: lost)
        }
    }

    /// The p99 in `regime` over that of calm; nil: one of the two was not.
    package func overCalm(_ regime: Regime) -> Double? {
        func delay(_ regime: Regime) -> Double? { regimes.first { $0.regime == regime }?.p99Us }
        guard let calm = delay(.calm), calm > 0, let worse = delay(regime) else { return nil }
        return (worse / calm).rounded(to: 2)
    }
}

extension StormFigures {
    /// For people.
    package var table: String {
        var rows = [["market", "seconds", "bulk TCP", "market data", "liquidation p50", "p99", "lost"]]
        for row in regimes {
            rows.append([
                row.regime.rawValue, "\(row.seconds)", "\(row.bulkMbit) Mbit/s", "\(row.marketDataMbit) Mbit/s",
                microseconds(row.p50Us), microseconds(row.p99Us), "\(row.lost) of \(row.sent)",
            ])
        }
        var text = aligned(rows) + "\n\n"
        let ratios = [Regime.storm, .extreme].compactMap { regime in
            overCalm(regime).map { "\($0) times that of calm in \(regime.rawValue)" }
        }
        text +=
            ratios.isEmpty
            ? "The market was never both calm and in a storm: there is nothing to compare."
            : "Liquidations' p99 is \(ratios.joined(separator: ", and "))."
        if let slowestChangeUs {
            text += " The slowest change of quotas was in the kernel \(slowestChangeUs) µs after the price that made it."
        }
        return text
    }

    private func microseconds(_ time: Double?) -> String { time.map { "\(Int($0.rounded())) µs" } ?? "-" }
}

/// Columns beside each other, the first one's cells at its left, the others' at their right.
func aligned(_ rows: [[String]]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
        zip(row, widths).enumerated().map { column, cell in
            let padding = String(repeating: " ", count: cell.1 - cell.0.count)
            return column == 0 ? cell.0 + padding : padding + cell.0
        }.joined(separator: "  ")
    }.joined(separator: "\n")
}
