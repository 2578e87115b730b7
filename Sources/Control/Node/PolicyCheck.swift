import Plan
import Policy

/// What `validate` found: complaints, and whether the rules fit the kernel's tables.
package struct PolicyCheck: Readout {
    package var file: String
    package var isValid: Bool
    package var diagnostics: [Complaint]
    /// nil unless the policy is valid.
    package var node: String?
    package var slices: Int?
    package var classes: Int?
    package var rules: Int?

    package struct Complaint: Encodable, Sendable, Equatable {
        package var severity: Diagnostic.Severity
        /// From 1; nil where the complaint is about the file as a whole.
        package var line: Int?
        package var column: Int?
        package var message: String
        package var remedy: String?

        /// As compilers print it.
        package func text(file: String) -> String {
            guard let line, let column else { return "\(file): \(severity.rawValue): \(message)" }
            return Diagnostic(severity: severity, line: line, column: column, message: message, remedy: remedy)
                .text(file: file)
        }
    }

    package init(_ file: PolicyFile) {
        self.file = file.name
        let outcome = PolicyParser.parse(file.text)
        diagnostics = outcome.diagnostics.map {
            Complaint(severity: $0.severity, line: $0.line, column: $0.column, message: $0.message, remedy: $0.remedy)
        }
        isValid = false
        guard let policy = outcome.policy else { return }
        do {
            _ = try DesiredState(policy)
        } catch {
            diagnostics.append(
                Complaint(severity: .error, line: nil, column: nil, message: error.description, remedy: nil))
            return
        }
        isValid = true
        node = policy.node
        slices = policy.slices.count
        classes = policy.classes.count
        rules = policy.rules.count
    }

    package var text: String {
        guard let node, let slices, let classes, let rules else { return "\(file): not valid" }
        return "\(file): valid: node \(node), \(counted(slices, "slice")), \(counted(classes, "class", "classes")), "
            + counted(rules, "rule")
    }
}

/// `1 slice`, `2 slices`.
func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
    "\(count) \(count == 1 ? one : many ?? one + "s")"
}
