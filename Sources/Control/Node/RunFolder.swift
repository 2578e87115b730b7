import Datapath
import FoundationEssentials
import SystemPackage

/// Files of a node that last as long as the kernel's state: both are gone after a reboot.
package enum RunFolder {
    package static let path = "/run/shaper"

    /// What is in force, with its overrides.
    package static func applied(_ node: String) -> String { "\(path)/\(node).json" }
    /// What schedules and the market change over it.
    package static func layer(_ node: String) -> String { "\(path)/\(node).layer" }
    /// What a daemon knows of the market, for the next one.
    package static func market(_ node: String) -> String { "\(path)/\(node).market" }
    /// What was decided about the market, a line each.
    package static func decisions(_ node: String) -> String { "\(path)/\(node).decisions" }
    /// Held while something changes in the kernel.
    package static func changeLock(_ node: String) -> String { "\(path)/\(node).lock" }
    /// Held while a command reloads the policy.
    package static func reloadLock(_ node: String) -> String { "\(path)/\(node).reload" }
    /// The daemon's.
    package static func socket(_ node: String) -> String { "\(path)/\(node).sock" }

    /// Where the daemon takes signals.
    package static func signals(_ node: String) -> String { "\(path)/\(node).signals" }

    /// Removes what was written beside a policy that is in force no more.
    static func forget(_ node: String) {
        for path in [layer(node), market(node), decisions(node), DecisionLog.older(than: decisions(node))] {
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    /// Nodes with a policy in force.
    package static func nodes() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// Replaces the file as a whole: readers find what was or what is. Nobody waits for a disk, for what lasts no longer
    /// than the kernel's own state.
    static func write(_ bytes: Data, to path: String) throws {
        try create()
        let draft = path + ".new"
        let file = try FileDescriptor.open(
            FilePath(draft), .writeOnly, options: [.create, .truncate, .closeOnExec],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
        try file.closeAfter { _ = try file.writeAll(bytes) }
        try replaceFile(at: path, by: draft)
    }

    static func create() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
}
