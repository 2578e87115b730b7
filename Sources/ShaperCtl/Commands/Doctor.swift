import ArgumentParser
import Control

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check this machine, and what a policy needs of it.",
        discussion: """
            Changes nothing. Each line says ok, warning or problem, and what to do. Without --policy it looks at the \
            node that runs here, if there is one. Exits with 1 where there is a problem.
            """)

    @Option(help: ArgumentHelp("The policy to check the machine for.", valueName: "file"))
    var policy: String?
    @OptionGroup var which: NodeOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var examination = try Examination.machine()
        if let policy {
            let checked = try CheckedPolicy(PolicyFile(reading: policy))
            try examination.add(checked.policy)
        } else if !(which.isUnnamed && Node.all().isEmpty) {
            try examination.add(try which.find().inForce().policy)
        }
        try output.show(examination)
        if examination.worst == .problem { throw ExitCode.failure }
    }
}
