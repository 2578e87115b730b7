import ArgumentParser
import Control
import Datapath
import Policy

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keep a node as its policy wants it, and serve its metrics.",
        discussion: """
            Applies the policy and stays: repairs what others change, reloads the file at SIGHUP, serves Prometheus \
            metrics at the policy's metrics.listen, and answers shaperctl's other commands. SIGTERM ends it, and leaves \
            everything in the kernel in place.
            """)

    @Argument(help: "The policy file.") var file: String
    @Flag(help: "Replace somebody else's root qdisc on the underlay.") var replaceQdisc = false

    func run() async throws {
        try requireRoot()
        let path = try PolicyFile(reading: file).path
        let source = PolicySource(path: path) { try PolicyFile(reading: path).text }
        let version = ShaperCtl.configuration.version
        do {
            try await Daemon(file: source, options: ApplyOptions(replaceQdisc: replaceQdisc), version: version).run()
        } catch let error as PolicyError {
            throw InvalidPolicy(file: file, diagnostics: error.diagnostics)
        }
    }
}
