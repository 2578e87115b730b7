import ArgumentParser
import Control
import Policy

struct ClassSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change a class's quota at once, until the next apply.",
        discussion: "Figures are written as in the policy: 20mbit, or 25% of the slice's.")

    @Argument(help: ArgumentHelp("The class.", valueName: "class"))
    var name: String
    @Option(help: "What it is guaranteed.", transform: { try Share(parsing: $0) })
    var guarantee: Share?
    @Option(
        help: "What it may use at most; of an express class, what goes ahead.", transform: { try Share(parsing: $0) })
    var ceiling: Share?
    @Option(help: "Only in this slice; otherwise wherever a slice has no figure of its own.")
    var slice: String?
    @Option(help: ArgumentHelp("Why, for those who find the override.", valueName: "text"))
    var reason = "by hand"
    @OptionGroup var which: NodeOptions

    func validate() throws {
        guard guarantee != nil || ceiling != nil else { throw ValidationError("Give --guarantee, --ceiling or both.") }
    }

    func run() async throws {
        let node = try which.find()
        let changes = try await node.changeClass(
            name, slice: slice, guarantee: guarantee, ceiling: ceiling, reason: reason)
        print(changes.isEmpty ? "nothing to change" : changes.map(\.text).joined(separator: "\n"))
        if slice == nil, let others = try node.slicesBeyond(name, guarantee: guarantee, ceiling: ceiling) {
            print("not in \(others): the class has figures of its own there, which --slice changes")
        }
    }
}
