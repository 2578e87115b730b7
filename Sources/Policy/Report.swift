/// A place in the file, both numbers from 1.
struct Place: Hashable, Comparable {
    var line: Int
    var column: Int

    static func < (left: Place, right: Place) -> Bool { (left.line, left.column) < (right.line, right.column) }
}

/// Collects what is wrong while a file is read, and remembers where its parts stand for the checks that come after.
final class Report {
    private(set) var diagnostics: [Diagnostic] = []
    private(set) var hasErrors = false
    private var places: [Subject: Place] = [:]

    func error(_ place: Place, _ message: String, remedy: String? = nil) {
        hasErrors = true
        add(.error, place, message, remedy)
    }

    func error(_ place: Place, _ error: ValueError) { self.error(place, error.message, remedy: error.remedy) }

    func warning(_ place: Place, _ message: String, remedy: String? = nil) { add(.warning, place, message, remedy) }

    private func add(_ severity: Diagnostic.Severity, _ place: Place, _ message: String, _ remedy: String?) {
        diagnostics.append(
            Diagnostic(severity: severity, line: place.line, column: place.column, message: message, remedy: remedy))
    }

    /// By place; those of one place in the order they were found.
    var sorted: [Diagnostic] {
        diagnostics.enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
        }.map(\.element)
    }

    func remember(_ subject: Subject, at place: Place) { places[subject] = place }

    func add(_ problems: [BandwidthProblem]) {
        for problem in problems {
            if problem.severity == .error { hasErrors = true }
            add(problem.severity, place(of: problem.subject), problem.message, problem.remedy)
        }
    }

    /// A slice that leaves a class as it is says nothing about it: the class's own place is where its figures are.
    func place(of subject: Subject) -> Place {
        if let place = places[subject] { return place }
        if case .trafficClass(let name, _?) = subject, let place = places[.trafficClass(name, slice: nil)] {
            return place
        }
        return Place(line: 1, column: 1)
    }
}
