import ArgumentParser
import Control

struct Unload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove everything a node has in the kernel.",
        discussion: "Its slices are cut off. Nothing of anybody else is touched.")

    @OptionGroup var which: NodeOptions

    func run() async throws {
        try requireRoot()
        if which.isUnnamed, Node.all().isEmpty {
            print("nothing to remove")
            return
        }
        let node = try which.find()
        if await DaemonState(node: node.name).activity != .stopped {
            throw NodeError(
                "a daemon looks after \(node.name), and would put everything back", remedy: "stop it first")
        }
        print(try node.unload() ? "removed \(node.name)" : "nothing to remove")
    }
}
