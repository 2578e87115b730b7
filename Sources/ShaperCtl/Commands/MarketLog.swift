import ArgumentParser
import Control

struct MarketLog: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Show decisions: what from, why, what was in the way, and what changed.",
        discussion: """
            The newest last. They are kept until the machine restarts, also when the daemon has ended; about a \
            thousand of them and more.
            """)

    @Option(parsing: .unconditional, help: ArgumentHelp("How many.", valueName: "count"))
    var last = 20
    @OptionGroup var which: NodeOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard last > 0 else { throw ValidationError("--last \(last) shows nothing: give at least 1.") }
    }

    func run() throws {
        try requireRoot()
        try output.show(DecisionList(of: which.find(), last: last))
    }
}
