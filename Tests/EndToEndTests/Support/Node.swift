import Foundation

/// A node of the lab, and the `shaperctl` commands on it.
enum Node: String, Sendable {
    case ny, ldn

    /// As the machine knows it.
    var name: String { Lab.prefix + rawValue }
    var host: Host { self == .ny ? .ny : .ldn }

    /// The lab's policy of this node.
    func policy() throws -> PolicyText { PolicyText(text: try Lab.script("policy", rawValue)) }

    /// `shaperctl`, whatever comes of it.
    func shaperctl(_ arguments: String..., within seconds: Double = 120) throws -> Output {
        try attempt([Lab.shaperctl] + arguments, on: host, within: seconds)
    }

    /// `shaperctl apply`, whatever comes of it.
    func tryApply(_ policy: PolicyText, _ options: String...) throws -> Output {
        try policy.withFile { try attempt([Lab.shaperctl, "apply", $0] + options, on: host) }
    }

    @discardableResult
    func apply(_ policy: PolicyText, _ options: String...) throws -> String {
        try policy.withFile { try run([Lab.shaperctl, "apply", $0] + options, on: host) }
    }

    @discardableResult
    func unload() throws -> String {
        try run([Lab.shaperctl, "unload", "--node", name], on: host)
    }
}

/// A policy file's text, and changes to it.
struct PolicyText: Sendable {
    var text: String

    /// The same with one part replaced, which must be there.
    func replacing(_ part: String, with other: String) throws -> PolicyText {
        guard text.contains(part) else { throw Missing(part: part) }
        return PolicyText(text: text.replacing(part, with: other))
    }

    struct Missing: Error, CustomStringConvertible {
        var part: String
        var description: String { "the lab's policy has no \"\(part)\" (any more)" }
    }

    func withFile<Result>(_ body: (String) throws -> Result) throws -> Result {
        let file = FileManager.default.temporaryDirectory.appending(path: "shaper-test-\(UUID().uuidString).yaml")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try body(file.path)
    }
}
