import ArgumentParser
import Control
import Foundation

/// Standard output is for what was asked for, and can be parsed; all else goes here.
func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

/// A command that reads has its answer in either form.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Answer in JSON.")
    var json = false

    func show(_ readout: some Readout) throws { print(json ? try readout.json() : readout.text) }
}
