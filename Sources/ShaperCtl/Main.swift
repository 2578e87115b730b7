import ArgumentParser
import CBPF
import Control
import FoundationEssentials
import Policy

@main
struct ShaperCtl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shaperctl",
        abstract: "Carries tenants' networks between hosts, and keeps the urgent ahead of the rest.",
        discussion: """
            Exit codes: 0 done, 1 failed, 2 used wrongly; of plan, 3 the kernel differs from the policy; of reload, \
            4 the policy has errors, 5 another reload is running.
            """,
        version: shaperVersion,
        subcommands: [
            Validate.self, Plan.self, Apply.self, Run.self, Reload.self, Status.self, ClassGroup.self,
            MarketGroup.self, SignalGroup.self, Explain.self, Backtest.self, Doctor.self, Unload.self,
        ])

    static func main() async {
        // Before other threads have heaps of their own.
        shaper_keep_heap_small()
        do {
            try checkCommand(CommandLine.arguments.dropFirst())
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(error)
        }
    }

    /// Of a word that is no command, the parser would only say how many unexpected arguments there are.
    private static func checkCommand(
        _ words: ArraySlice<String>, of command: any ParsableCommand.Type = Self.self
    ) throws {
        let commands = command.configuration.subcommands
        guard let word = words.first, !commands.isEmpty, !word.hasPrefix("-"), word != "help" else { return }
        guard let next = commands.first(where: { $0._commandName == word }) else {
            let meant = nearest(to: word, among: commands.map { $0._commandName })
            throw ValidationError("unknown command '\(word)'\(meant.map { "; did you mean \($0)?" } ?? "")")
        }
        try checkCommand(words.dropFirst(), of: next)
    }

    /// Says what went wrong, and ends with the code for it.
    private static func end(_ error: any Error) -> Never {
        switch (exitCode(for: error), error) {
        case (.success, _):
            print(fullMessage(for: error))
            exit(withError: ExitCode.success)
        case (.validationFailure, _):
            let message = fullMessage(for: error)
            complain(message.hasPrefix("Error: ") ? "error: " + message.dropFirst(7) : message)
            exit(withError: ExitCode(2))
        case (_, let code as ExitCode):
            exit(withError: code)
        case (_, let error as InvalidPolicy):
            complain(error.description)
        default:
            complain(Failure(error).text)
        }
        exit(withError: ExitCode.failure)
    }
}
