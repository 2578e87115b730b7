import Foundation
import UnixSignals

/// Keeps a trial's deadline where no daemon does: for a command that stays in the foreground until it is over.
package struct TrialWatch: Sendable {
    package enum End: Sendable, Equatable {
        case confirmed
        /// By this command; with what is in force now, and why.
        case reverted(String, why: String)
        /// By another command.
        case endedElsewhere
    }

    private enum Event: Sendable { case tick, line, signal(UnixSignal) }

    private let signals: UnixSignalsSequence

    /// From here on a signal ends the trial and not the process: make it before the policy is applied.
    package init() async { signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup) }

    /// - Parameters:
    ///   - takesLines: a line on standard input confirms.
    ///   - progress: called at the beginning, and whenever another second has gone.
    package func run(
        _ node: Node, _ trial: Trial, takesLines: Bool, progress: (TrialFacts) -> Void
    ) async throws -> End {
        var shown: TrialFacts?
        for await event in events(takesLines: takesLines) {
            switch event {
            case .line:
                try node.confirm()
                return .confirmed
            case .signal(let signal):
                return .reverted(try node.revert(), why: "\(signal)")
            case .tick:
                let applied = try AppliedPolicy.load(node.name)
                guard applied?.trial == trial else {
                    // Reverting, unlike confirming, puts the former record in its place.
                    return applied?.trial == nil && applied.map { !trial.putsBack($0) } ?? false
                        ? .confirmed : .endedElsewhere
                }
                if let isBack = try node.revertOverdue(NodeMemory()) {
                    return .reverted(isBack, why: "not confirmed in time")
                }
                let facts = TrialFacts(trial)
                if facts != shown { progress(facts) }
                shown = facts
            }
        }
        throw CancellationError()
    }

    private func events(takesLines: Bool) -> AsyncStream<Event> {
        let (stream, events) = AsyncStream.makeStream(of: Event.self)
        let sources = [
            Task { [signals] in for await signal in signals { events.yield(.signal(signal)) } },
            Task {
                while !Task.isCancelled {
                    events.yield(.tick)
                    try? await Task.sleep(for: .milliseconds(200))
                }
            },
        ]
        events.onTermination = { _ in for source in sources { source.cancel() } }
        // Nothing can end a thread that waits for a line; the command's end does. An end of file is no consent.
        if takesLines { Thread.detachNewThread { if readLine() != nil { events.yield(.line) } } }
        return stream
    }
}

extension Trial {
    fileprivate func putsBack(_ applied: AppliedPolicy) -> Bool {
        if case .policy(applied, _) = former { true } else { false }
    }
}
