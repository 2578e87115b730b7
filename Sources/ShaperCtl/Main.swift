import ArgumentParser
import Control
import Datapath
import FoundationEssentials

@main
struct ShaperCtl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "shaperctl", subcommands: [Apply.self, Run.self, Unload.self])
}

struct Apply: ParsableCommand {
    @Argument var file: String
    func run() throws {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let outcome = try Node.apply(text, path: file, options: ApplyOptions())
        for line in outcome.changes { print(line) }
        print("generation \(outcome.generation)")
    }
}

struct Unload: ParsableCommand {
    @Option var node: String?
    func run() throws { print(try Node(named: node).unload()) }
}
