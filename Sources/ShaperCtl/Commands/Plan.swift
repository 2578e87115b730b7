import ArgumentParser
import Control

struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what apply would change in the kernel.",
        discussion: "Writes nothing. Exits with 3 if anything would change.")

    @Argument(help: ArgumentHelp("The policy; - is standard input.", valueName: "file"))
    var policy: String
    @OptionGroup var how: ApplyArguments
    @Flag(help: "Show each change.")
    var verbose = false
    @OptionGroup var output: OutputOptions

    func run() throws {
        let file = try PolicyFile(reading: policy)
        try requireRoot()
        let outcome = try Node.plan(CheckedPolicy(file), options: how.options)
        complain(outcome.warnings, file)
        let changes = PlannedChanges(outcome, isVerbose: verbose)
        try output.show(changes)
        if changes.differs { throw ExitCode(3) }
    }
}
