import Policy

/// Answers what commands ask on the control socket.
struct RequestHandler: Sendable {
    let keeper: NodeKeeper
    let changer: NodeChanger
    let reporter: NodeReporter

    func answer(_ request: ControlRequest) async -> ControlResponse {
        do {
            switch request {
            case .status:
                return .success(try await reporter.status())
            case .classSet(let className, let slice, let guarantee, let ceiling, let reason):
                let change = Override(
                    className: className, slice: slice, guarantee: try guarantee.map { try Share(parsing: $0) },
                    ceiling: try ceiling.map { try Share(parsing: $0) }, reason: reason ?? "class set")
                try await keeper.override(change)
                return .success
            case .reload:
                let outcome = try await changer.reload()
                return .success(
                    ReloadResult(
                        generation: outcome.generation, unchanged: outcome.isUnchanged, changes: outcome.kernel.summary,
                        warnings: outcome.warnings.map(\.description)))
            }
        } catch let error as InvalidPolicy {
            return .failure(ControlFailure(error: error.description, kind: .invalidPolicy))
        } catch {
            let failure = Failure(error)
            return .failure(failure.message, remedy: failure.remedy)
        }
    }
}

/// The answer to `reload`.
package struct ReloadResult: Codable, Sendable, Equatable {
    package var generation: UInt32
    /// The file says what it said when it was put in force.
    package var unchanged: Bool
    /// A line for each kind.
    package var changes: [String]
    package var warnings: [String]
}
