import ArgumentParser
import Control

struct ClassList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show each slice's classes: quotas in force and packets.",
        discussion: """
            What was offered either went express, ahead of every queue, or to a queue, which sent it, dropped it or still \
            has it. The backlog is in bytes, all else in packets, since the slice was first applied (sent and dropped: \
            since its queue was made).
            """)

    @OptionGroup var which: NodeOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try requireRoot()
        try output.show(try which.find().classTable())
    }
}
