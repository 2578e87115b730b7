import ArgumentParser
import Control
import Policy

struct Reload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put the policy file in force as it is now; made for cron.",
        discussion: """
            The daemon reads its file again; where none runs, the file that the policy in force came from is applied. \
            A file that says what it said changes nothing, and class set's changes stay. A file with errors is \
            refused, and the old policy stays.

            One line on standard output says what came of it; complaints go to standard error.

            Exit codes: 0 reloaded, or unchanged; 1 failed; 2 used wrongly; 4 the file has errors; 5 another reload is \
            running.
            """)

    @OptionGroup var which: NodeOptions
    @Option(
        help: ArgumentHelp(
            "Wait a random time first, of at most so long: many hosts' clocks strike at once.", valueName: "time"),
        transform: { try Duration(parsing: $0) })
    var jitter: Duration?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let jitter, jitter > .seconds(3600) { throw ValidationError("--jitter: at most 1h.") }
    }

    func run() async throws {
        try requireRoot()
        if let jitter { try await Task.sleep(for: jitter * Double.random(in: 0..<1)) }
        let report = await (try which.find()).reload()
        for complaint in report.complaints { complain(complaint) }
        if let error = report.error { complain("error: \(error)" + (report.remedy.map { "\nremedy: \($0)" } ?? "")) }
        try output.show(report)
        if report.exitCode != 0 { throw ExitCode(report.exitCode) }
    }
}
