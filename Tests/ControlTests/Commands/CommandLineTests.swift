import Foundation
import Testing

@Suite("shaperctl's command line")
struct CommandLineTests {
    /// What it says of these arguments, and its exit code in the end.
    private func says(_ arguments: String) throws -> String {
        try shell("'\(RunningCommand.shaperctl)' \(arguments) 2>&1; echo $?")
    }

    @Test(
        "a command that there is not is named, with the one that was meant",
        arguments: [
            ("valdate p.yaml", "error: unknown command 'valdate'; did you mean validate?"),
            ("market lgo --last 3", "error: unknown command 'lgo'; did you mean log?"),
            ("frobnicate", "error: unknown command 'frobnicate'\n"),
        ])
    func unknown(arguments: String, complaint: String) throws {
        let answer = try says(arguments)
        #expect(answer.hasPrefix(complaint) && answer.hasSuffix("\n2\n"), "\(answer)")
    }

    @Test(
        "a negative number is one, and said to be too small",
        arguments: [
            ("market log --last -3", "error: --last -3 shows nothing"),
            (
                "signal liquidation --slice a --flow 'icmp 10.0.0.1 > 10.0.0.2' --ttl 1s --notional -5",
                "error: the notional is not above 0"
            ),
        ])
    func negative(arguments: String, complaint: String) throws {
        #expect(try says(arguments).hasPrefix(complaint))
    }

    @Test(
        "help and the version are still given",
        arguments: ["--help", "help", "help validate", "market --help", "--version"])
    func help(arguments: String) throws {
        #expect(try says(arguments).hasSuffix("\n0\n"))
    }
}
