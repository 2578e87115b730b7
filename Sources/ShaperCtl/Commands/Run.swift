import ArgumentParser
import Control

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keep a node as its policy wants it, and serve its metrics.",
        discussion: """
            Puts the policy in force and stays: puts right what others change, reloads the file at SIGHUP, serves \
            metrics to Prometheus and answers the other commands. SIGTERM ends it, and what is in the kernel goes on.

            A dry run may run beside the daemon: in the place of a feed's socket PATH it listens at PATH.dry-run. Where \
            standard input is the only feed, it ends with that.
            """)

    @Argument(help: ArgumentHelp("The policy.", valueName: "file"))
    var policy: String
    @Flag(help: "Decide what the market asks for and log it, but change nothing and serve nobody.")
    var dryRun = false
    @OptionGroup var how: ApplyArguments

    func validate() throws {
        guard policy != "-" else { throw ValidationError("A file that is read again at a reload cannot be -.") }
    }

    func run() async throws {
        let daemon = Daemon(path: policy, options: how.options)
        if dryRun { return try await daemon.rehearse() }
        try requireRoot()
        try await daemon.run()
    }
}
