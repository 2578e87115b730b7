import Foundation
import Telemetry
import Testing

@Suite("Fabric metrics")
struct FabricMetricsTests {
    @Test("a node's state is one page of text")
    func golden() {
        #expect(Exposition.render(FabricMetrics.families(of: .sample)) == FabricSnapshot.samplePage)
    }

    @Test("a node without a policy has a page too")
    func empty() {
        let page = Exposition.render(FabricMetrics.families(of: .empty))
        #expect(page.contains("\nshaper_policy_generation 0\n"))
        #expect(!page.contains("\nshaper_policy_last_apply_timestamp_seconds "))
    }

    @Test(
        "promtool has nothing to say against the names",
        .enabled(if: Promtool.expected, "promtool is not installed"),
        arguments: [FabricSnapshot.sample, .empty])
    func promtool(snapshot: FabricSnapshot) throws {
        let families = FabricMetrics.families(of: snapshot) + (try ProcessUsage.current().families)
        #expect(try Promtool.check(Exposition.render(families)) == "")
    }

    @Test("signals are a page of their own, and promtool has nothing against that either")
    func signals() throws {
        let snapshot = SignalSnapshot(
            accepted: 12, refused: [.init(label: "malformed", count: 0), .init(label: "ttl", count: 3)],
            budgets: [.init(name: "perp", threshold: 2_500_000, promoted: 4, waiting: 5, demand: 1_250.5)])
        let page = Exposition.render(SignalMetrics.families(of: snapshot))
        let samples = page.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(
            samples == [
                "shaper_signals_accepted_total 12",
                #"shaper_signals_refused_total{reason="malformed"} 0"#,
                #"shaper_signals_refused_total{reason="ttl"} 3"#,
                #"shaper_signal_flows{slice="perp",state="promoted"} 4"#,
                #"shaper_signal_flows{slice="perp",state="waiting"} 5"#,
                #"shaper_signal_admission_threshold{slice="perp"} 2500000"#,
                #"shaper_signal_demand_bytes_per_second{slice="perp"} 1250.5"#,
            ])
        if Promtool.expected { #expect(try Promtool.check(page) == "") }
    }

    @Test("promtool would have found a bad name", .enabled(if: Promtool.expected, "promtool is not installed"))
    func promtoolObjects() throws {
        #expect(
            try Promtool.check("# HELP wait_milliseconds W.\n# TYPE wait_milliseconds gauge\nwait_milliseconds 1\n")
                != "")
    }
}

/// `promtool check metrics`, of the Prometheus distribution.
private enum Promtool {
    private static let environment = ProcessInfo.processInfo.environment
    private static let path = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/promtool" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Missing it is a failure where nobody would notice the skipped test.
    static var expected: Bool { path != nil || environment["CI"] != nil }

    /// What it complains about.
    static func check(_ page: String) throws -> String {
        let promtool = Process()
        promtool.executableURL = URL(filePath: try #require(path, "promtool is not installed"))
        promtool.arguments = ["check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        promtool.standardInput = input
        promtool.standardOutput = output
        promtool.standardError = output
        try promtool.run()
        try input.fileHandleForWriting.write(contentsOf: Data(page.utf8))
        try input.fileHandleForWriting.close()
        let complaints = try output.fileHandleForReading.readToEnd() ?? Data()
        promtool.waitUntilExit()
        return String(decoding: complaints, as: UTF8.self)
    }
}
