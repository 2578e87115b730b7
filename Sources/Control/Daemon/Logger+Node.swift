import Datapath
import Logging
import Policy

extension Logger {
    /// Beyond so many lines a list of changes is no longer read.
    private static let lines = 20

    /// One line for each complaint about a policy; one, with its remedy, for any other error.
    func report(_ error: any Error) {
        if let invalid = error as? InvalidPolicy {
            for diagnostic in invalid.diagnostics {
                log(level: diagnostic.severity == .error ? .error : .warning, "\(diagnostic.text(file: invalid.file))")
            }
        } else {
            let failure = Failure(error)
            self.error("\(failure.message)\(failure.remedy.map { "; \($0)" } ?? "")")
        }
    }

    /// What came of putting the file in force, a line for each kind of change.
    func report(_ outcome: Node.Outcome, of file: PolicyFile, done: String) {
        for warning in outcome.warnings { self.warning("\(warning.text(file: file.name))") }
        for change in outcome.kernel.summary { info("\(change)") }
        let nothing = outcome.kernel.isEmpty ? ", nothing to change" : ""
        info("\(file.name) \(done): generation \(outcome.generation)\(nothing)")
    }

    /// What others had changed, a line for each.
    func report(repairs: [String]) {
        for repair in repairs.prefix(Self.lines) { warning("put right: \(repair)") }
        if repairs.count > Self.lines { warning("put right: \(repairs.count - Self.lines) more") }
    }
}
