import Datapath
import Policy

/// What came of `shaperctl reload`: made for cron, so whatever comes is a line, and a code of its own.
package struct ReloadReport: Readout, Equatable {
    package enum Outcome: String, Encodable, Sendable {
        case reloaded, unchanged, failed
        /// The file has errors.
        case invalid
        /// Another reload was at it.
        case busy
    }

    package var node: String
    package var outcome: Outcome
    /// In force; nil where nobody came so far.
    package var generation: UInt32?
    /// A line for each kind.
    package var changes: [String] = []
    /// Of the file, with their places: `FILE:LINE:COLUMN: error: ...`.
    package var complaints: [String] = []
    /// Why it failed.
    package var error: String?
    package var remedy: String?

    /// Of the process: 3 is another command's.
    package var exitCode: Int32 {
        switch outcome {
        case .reloaded, .unchanged: 0
        case .failed: 1
        case .invalid: 4
        case .busy: 5
        }
    }

    package var text: String {
        let generation = generation.map { ", generation \($0)" } ?? ""
        let changes = changes.isEmpty ? "" : ": " + changes.joined(separator: ", ")
        return switch outcome {
        case .reloaded: "\(node): reloaded\(generation)\(changes)"
        // What others had changed in the kernel is put right all the same.
        case .unchanged: "\(node): unchanged\(generation)" + (changes.isEmpty ? "" : "; put right\(changes)")
        case .failed, .busy: "\(node): not reloaded: \(error ?? "")"
        case .invalid: "\(node): not reloaded, the old policy stays: \(firstError)"
        }
    }

    private var firstError: String {
        let errors = complaints.filter { $0.contains(": error: ") }
        return (errors.first ?? "") + (errors.count > 1 ? " (and \(errors.count - 1) more)" : "")
    }
}

extension Node {
    /// The longest that the daemon may take for the largest policy on a busy machine.
    private static let patience = Duration.seconds(60)

    /// Puts the file in force as it is now, through the daemon where one runs; otherwise it is the file that the policy
    /// in force came from. Where it cannot be, the old policy stays.
    package func reload() async -> ReloadReport {
        var report = ReloadReport(node: name, outcome: .failed)
        do {
            try RunFolder.create()
            let lock = try NodeLock(path: RunFolder.reloadLock(name))
            defer { lock.release() }
            do {
                let answer = try await ControlClient.send(
                    .reload, to: RunFolder.socket(name), timeout: Self.patience)
                let result = try answer.result(as: ReloadResult.self)
                report.take(
                    result.unchanged, result.generation, changes: result.changes, complaints: result.warnings)
            } catch ControlSocketError.notRunning {
                let (outcome, file) = try reloadRecorded()
                report.take(
                    outcome.isUnchanged, outcome.generation, changes: outcome.kernel.summary,
                    complaints: outcome.warnings.map { $0.text(file: file.name) })
            }
        } catch let held as NodeLock.Held {
            report.outcome = .busy
            report.error = "another reload is running" + (held.pid.map { ", pid \($0)" } ?? "")
        } catch let error as InvalidPolicy {
            report.refuse(error.description)
        } catch let error as ControlFailure where error.kind == .invalidPolicy {
            report.refuse(error.error)
        } catch {
            let failure = Failure(error)
            (report.error, report.remedy) = (failure.message, failure.remedy)
        }
        return report
    }

    private func reloadRecorded() throws -> (outcome: Outcome, file: PolicyFile) {
        guard let applied = try AppliedPolicy.load(name) else { throw NodeError.nothingInForce(name) }
        guard applied.path.hasPrefix("/") else {
            throw NodeError(
                "the policy in force on \(name) came from \(applied.path), which cannot be read again",
                remedy: "apply it from a file")
        }
        let checked = try CheckedPolicy(PolicyFile(reading: applied.path))
        try checkIsNamed(in: checked.policy)
        var memory = NodeMemory()
        return (try Node.reload(checked, options: ApplyOptions(), &memory), checked.file)
    }

    /// - Throws: where a file that was this node's has become another's.
    func checkIsNamed(in policy: Policy) throws(NodeError) {
        guard policy.node != name else { return }
        throw NodeError(
            "the policy is node \(policy.node)'s by now, and not node \(name)'s any more",
            remedy: "apply it, or start a daemon with it, and unload \(name) where it is not wanted any more")
    }
}

extension ReloadReport {
    fileprivate mutating func take(
        _ isUnchanged: Bool, _ generation: UInt32, changes: [String], complaints: [String]
    ) {
        outcome = isUnchanged ? .unchanged : .reloaded
        self.generation = generation
        self.changes = changes
        self.complaints = complaints
    }

    fileprivate mutating func refuse(_ complaints: String) {
        outcome = .invalid
        self.complaints = complaints.split(separator: "\n").map(String.init)
    }
}
