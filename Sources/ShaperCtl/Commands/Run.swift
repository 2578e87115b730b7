import ArgumentParser
import Control
import Datapath
import FoundationEssentials

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
        let path = URL(filePath: file).standardizedFileURL.path(percentEncoded: false)
        let source = PolicySource(path: path) { try String(contentsOfFile: path, encoding: .utf8) }
        let version = ShaperCtl.configuration.version
        try await Daemon(file: source, options: ApplyOptions(replaceQdisc: replaceQdisc), version: version).run()
    }
}
