import ArgumentParser
import FoundationEssentials

struct Summarise: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Medians over the rounds of a demonstration, as a table and as JSON.")

    @Option(parsing: .upToNextOption, help: "Reports of `receive --json`: the shaper, nothing else on the link.")
    var idle: [String]

    @Option(parsing: .upToNextOption, help: "Reports of `receive --json`: bulk on the link, no shaper.")
    var unshaped: [String]

    @Option(parsing: .upToNextOption, help: "Reports of `receive --json`: bulk on the link, and the shaper.")
    var shaped: [String]

    @Option(parsing: .upToNextOption, help: "Reports of `iperf3 --json` without the shaper.")
    var bulkUnshaped: [String]

    @Option(parsing: .upToNextOption, help: "Reports of `iperf3 --json` with the shaper.")
    var bulkShaped: [String]

    @Option(help: "Write the figures to this file.")
    var json: String?

    func run() throws {
        let summary = Summary(
            idle: try delays(idle), unshaped: try delays(unshaped), shaped: try delays(shaped),
            bulk: .init(unshapedMbit: try throughput(bulkUnshaped), shapedMbit: try throughput(bulkShaped)))
        print(summary.table)
        if let json { try (encodeJSON(summary) + "\n").write(toFile: json, atomically: true, encoding: .utf8) }
    }

    private func delays(_ files: [String]) throws -> Summary.Delays {
        try Summary.Delays(files.map { try decodeJSON(DelayReport.self, from: $0) })
    }

    private func throughput(_ files: [String]) throws -> Double {
        let rates = try files.map { try decodeJSON(BulkReport.self, from: $0).end.sumReceived.bitsPerSecond / 1e6 }
        guard let median = rates.median else { throw NothingMeasured() }
        return median.rounded(to: 1)
    }
}

/// The part of iperf3's report that is read.
private struct BulkReport: Decodable {
    var end: End
    struct End: Decodable { var sumReceived: Sum }
    struct Sum: Decodable { var bitsPerSecond: Double }
}
