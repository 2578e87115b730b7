import Datapath
import FoundationEssentials
import Policy

/// The policy in force, as text, and what commands changed over it. The kernel holds numbers; this holds their names.
package struct AppliedPolicy: Codable, Sendable, Equatable {
    /// Where the text came from.
    package var path: String
    package var text: String
    package var overrides: [Override]
    /// Seconds since 1970.
    package var appliedAt: Double
    /// Where its interfaces are: a name of an interface means another elsewhere.
    package var network = NetworkNamespace.current
    /// nil: it stays.
    package var trial: Trial?

    /// Applied now and here, without changes over it.
    init(_ file: PolicyFile) {
        path = file.path
        text = file.text
        overrides = []
        appliedAt = Date().timeIntervalSince1970
    }

    /// True where applying the file here again would be no news.
    func isRecord(of file: PolicyFile) -> Bool {
        text == file.text && path == file.path && network == NetworkNamespace.current
    }

    /// nil: none.
    package static func load(_ node: String) throws -> AppliedPolicy? {
        guard exists(node) else { return nil }
        let path = RunFolder.applied(node)
        do {
            return try JSONDecoder().decode(AppliedPolicy.self, from: Data(contentsOf: URL(filePath: path)))
        } catch {
            throw NodeError("\(path) is damaged: \(error)", remedy: "apply the policy again")
        }
    }

    static func exists(_ node: String) -> Bool { FileManager.default.fileExists(atPath: RunFolder.applied(node)) }

    /// Replaces the file as a whole. Only while the node's change lock is held.
    func save(_ node: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try RunFolder.write(encoder.encode(self), to: RunFolder.applied(node))
    }

    static func remove(_ node: String) {
        try? FileManager.default.removeItem(atPath: RunFolder.applied(node))
    }
}
