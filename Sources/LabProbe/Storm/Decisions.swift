import ArgumentParser

struct Decisions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show decisions about the market, a short line each.")

    @Argument(help: "The output of `shaperctl market log --json`.")
    var file: String

    func run() throws {
        for line in try decodeJSON(DecisionReport.self, from: file).lines { print(line) }
    }
}
