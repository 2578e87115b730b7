import ArgumentParser
import Control
import FoundationEssentials
import Glibc

/// Which node a command talks to.
struct NodeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The node; otherwise SHAPER_NODE, or the only one that runs here.", valueName: "name"))
    var node: String?

    private var name: String? {
        node ?? ProcessInfo.processInfo.environment["SHAPER_NODE"].flatMap { $0.isEmpty ? nil : $0 }
    }

    var isUnnamed: Bool { name == nil }

    func find() throws -> Node { try Node(named: name) }
}

/// - Throws: where the kernel would refuse what the command needs.
func requireRoot() throws {
    guard geteuid() == 0 else {
        throw NodeError("this needs root: it looks into the kernel", remedy: "run it with sudo")
    }
}
