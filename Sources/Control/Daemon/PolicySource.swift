import Logging
import Policy

/// The file the daemon puts in force, and puts in force again.
package struct PolicySource: Sendable {
    /// Absolute, for the record.
    package let path: String
    private let text: @Sendable () throws -> String

    /// - Parameter text: reads the file, as it is now.
    package init(path: String, text: @escaping @Sendable () throws -> String) {
        self.path = path
        self.text = text
    }

    /// - Throws: `PolicyError`, or what `text` throws.
    func read() throws -> (text: String, policy: Policy) {
        let text = try text()
        return (text, try Policy(validating: text))
    }
}

extension Logger {
    /// One line for each complaint about the policy; one with its remedy for any other error.
    func report(_ error: any Error, of file: PolicySource) {
        if let error = error as? PolicyError {
            for diagnostic in error.diagnostics {
                log(level: diagnostic.severity == .error ? .error : .warning, "\(diagnostic.text(file: file.path))")
            }
        } else {
            let failure = ControlFailure(error)
            self.error("\(failure.error)\(failure.remedy.map { "; \($0)" } ?? "")")
        }
    }

    /// What came of putting the file in force, a line for each change.
    func info(_ outcome: Node.Outcome, of file: PolicySource, done: String) {
        for warning in outcome.warnings { self.warning("\(warning.text(file: file.path))") }
        for change in outcome.changes { info("\(change)") }
        let changes = outcome.changes.isEmpty ? "nothing to change" : "\(outcome.changes.count) changes"
        info("\(file.path) \(done): \(changes), generation \(outcome.generation)")
    }
}
