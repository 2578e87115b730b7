import ArgumentParser
import Control

struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a policy file.", discussion: "Needs no root, and looks at nothing but the file.")

    @Argument(help: ArgumentHelp("The policy; - is standard input.", valueName: "file"))
    var policy: String
    @OptionGroup var output: OutputOptions

    func run() throws {
        let check = PolicyCheck(try PolicyFile(reading: policy))
        if !output.json {
            for complaint in check.diagnostics { complain(complaint.text(file: check.file)) }
        }
        if output.json || check.isValid { try output.show(check) }
        if !check.isValid { throw ExitCode.failure }
    }
}
