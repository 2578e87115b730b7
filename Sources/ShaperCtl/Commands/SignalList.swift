import ArgumentParser
import Control

struct SignalList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the flows that are signalled now, the one that is worth most first.")

    @OptionGroup var which: NodeOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try requireRoot()
        try output.show(try which.find().signalTable())
    }
}
