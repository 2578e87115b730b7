import Datapath
import Policy

/// What `doctor` found, one finding for each thing it looked at.
package struct Examination: Encodable, Sendable, Equatable {
    package private(set) var worst = Finding.Level.ok
    package private(set) var findings: [Finding] = []

    package init(_ findings: [Finding] = []) { add(findings) }

    package mutating func add(_ findings: [Finding]) {
        self.findings += findings
        worst = self.findings.map(\.level).max() ?? .ok
    }
}

package struct Finding: Encodable, Sendable, Equatable {
    package enum Level: String, Encodable, Sendable, Comparable, CaseIterable {
        case ok, warning, problem

        package static func < (left: Level, right: Level) -> Bool {
            allCases.firstIndex(of: left)! < allCases.firstIndex(of: right)!
        }
    }

    /// What was looked at: short, the same whatever was found.
    package var subject: String
    package var level: Level
    package var message: String
    /// What to do about it.
    package var remedy: String?

    package static func ok(_ subject: String, _ message: String) -> Finding {
        Finding(subject: subject, level: .ok, message: message, remedy: nil)
    }

    package static func warning(_ subject: String, _ message: String, _ remedy: String?) -> Finding {
        Finding(subject: subject, level: .warning, message: message, remedy: remedy)
    }

    package static func problem(_ subject: String, _ message: String, _ remedy: String?) -> Finding {
        Finding(subject: subject, level: .problem, message: message, remedy: remedy)
    }
}

extension Examination: Readout {
    package var text: String {
        var table = TextTable([.text("LEVEL"), .text("LOOKED AT"), .text("FOUND")])
        for finding in findings {
            table.add([finding.level.rawValue, finding.subject, finding.message])
            if let remedy = finding.remedy { table.add([" ", " ", "-> " + remedy]) }
        }
        return table.description
    }
}
