import ArgumentParser
import Control

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a node: what is in force, and whether it still is.")

    @OptionGroup var which: NodeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try requireRoot()
        let node = try which.find()
        try output.show(try node.status(daemon: await DaemonState(node: node.name)))
    }
}
