/// One complaint about a policy file, with its place and what to do about it.
package struct Diagnostic: Sendable, Equatable {
    package enum Severity: String, Sendable, Codable { case error, warning }

    package var severity: Severity
    /// From 1.
    package var line: Int
    /// From 1, in Unicode code points.
    package var column: Int
    /// What is wrong, with the value.
    package var message: String
    package var remedy: String?

    package init(severity: Severity, line: Int, column: Int, message: String, remedy: String?) {
        self.severity = severity
        self.line = line
        self.column = column
        self.message = message
        self.remedy = remedy
    }

    /// As compilers print it, so that editors find the place: `policy.yaml:7:12: error: ...`.
    package func text(file: String) -> String { "\(file):\(self)" }
}

extension Diagnostic: CustomStringConvertible {
    package var description: String {
        "\(line):\(column): \(severity.rawValue): \(message)" + (remedy.map { "; \($0)" } ?? "")
    }
}

/// What became of a policy file.
package struct PolicyOutcome: Sendable, Equatable {
    /// nil if there is any error.
    package let policy: Policy?
    /// Errors and warnings, sorted by place.
    package let diagnostics: [Diagnostic]
}

/// The complaints about a text that is no valid policy.
package struct PolicyError: Error, Sendable, Equatable, CustomStringConvertible {
    package let diagnostics: [Diagnostic]

    package init(diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }

    package var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
