import ArgumentParser
import FoundationEssentials
import Policy

struct StormSummary: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm", abstract: "What each regime of a replayed storm did to the traffic.")

    @Option(help: "The output of `shaperctl market log --json`.")
    var decisions: String
    @Option(help: "The trace of `receive --trace`.")
    var liquidations: String
    @Option(help: "Lines of a time (s since 1970), bulk's bytes and market data's.")
    var counters: String
    @Option(help: "Where the market is from, for the figures.")
    var source: String
    @Option(help: "Write the figures to this file.")
    var json: String?

    func run() throws {
        let storm = try StormFigures(
            source: source, decisions: decodeJSON(DecisionReport.self, from: decisions),
            trace: DelayTrace(reading: liquidations), counters: TrafficCount.read(counters))
        print(storm.table)
        if let json { try (encodeJSON(storm) + "\n").write(toFile: json, atomically: true, encoding: .utf8) }
    }
}

/// Bytes that have left, at one moment.
package struct TrafficCount: Equatable {
    /// Since 1970, s.
    package var time: Double
    package var bulk: Double
    package var marketData: Double

    package init(time: Double, bulk: Double, marketData: Double) {
        self.time = time
        self.bulk = bulk
        self.marketData = marketData
    }

    static func read(_ path: String) throws -> [TrafficCount] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            let numbers = line.split(separator: " ").compactMap { Double($0) }
            guard numbers.count == 3 else { throw UnreadableReport(file: path, reason: "\(line)") }
            return TrafficCount(time: numbers[0], bulk: numbers[1], marketData: numbers[2])
        }
    }
}
