import ArgumentParser

struct ClassGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "class", abstract: "Show classes and their traffic, or change their quotas.",
        subcommands: [ClassList.self, ClassSet.self])
}
