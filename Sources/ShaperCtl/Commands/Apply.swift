import ArgumentParser
import Control
import Datapath
import Policy

struct Apply: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a policy in force.",
        discussion: """
            All of it or nothing. The kernel goes on by itself when the command is done; shaperctl run looks after it.
            """)

    @Argument(help: ArgumentHelp("The policy; - is standard input.", valueName: "file"))
    var policy: String
    @OptionGroup var how: ApplyArguments
    @Flag(help: "Show each change.")
    var verbose = false

    func run() throws {
        let file = try PolicyFile(reading: policy)
        try requireRoot()
        let outcome = try file.work { try Node.apply($0, path: file.path, options: how.options) }
        complain(outcome.warnings, file)
        print(outcome.text(isVerbose: verbose))
    }
}

/// What may be left to the user when a policy is applied.
struct ApplyArguments: ParsableArguments {
    @Flag(name: .customLong("replace-qdisc"), help: "Replace someone else's root qdisc on the underlay.")
    var replaceQdisc = false
    @Option(
        help: ArgumentHelp("How to attach tc programs: tcx or clsact. Otherwise as they are, or tcx if it is there."))
    var attach: TCMechanism?

    var options: ApplyOptions { ApplyOptions(replaceQdisc: replaceQdisc, mechanism: attach) }
}

extension TCMechanism: ExpressibleByArgument {}

func complain(_ warnings: [Diagnostic], _ file: PolicyFile) {
    for warning in warnings { complain(warning.text(file: file.name)) }
}
