import FoundationEssentials

/// Files of a node that last as long as the kernel's state: both are gone after a reboot.
package enum RunFolder {
    package static let path = "/run/shaper"

    /// What is in force, with its overrides.
    package static func applied(_ node: String) -> String { "\(path)/\(node).json" }
    /// Held while something changes in the kernel.
    package static func changeLock(_ node: String) -> String { "\(path)/\(node).lock" }
    /// Held while a command reloads the policy.
    package static func reloadLock(_ node: String) -> String { "\(path)/\(node).reload" }
    /// The daemon's.
    package static func socket(_ node: String) -> String { "\(path)/\(node).sock" }

    /// Nodes with a policy in force.
    package static func nodes() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    static func create() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
}
