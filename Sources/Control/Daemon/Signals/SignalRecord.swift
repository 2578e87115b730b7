import Signals
import Synchronization
import Telemetry

/// What has become of signals since the daemon began, for the metrics.
final class SignalRecord: Sendable {
    private let snapshot = Mutex<SignalSnapshot?>(nil)

    /// nil: the policy lets nobody signal, and nobody has.
    var now: SignalSnapshot? { snapshot.withLock { $0 } }

    func note(_ new: SignalSnapshot) { snapshot.withLock { $0 = new } }
}

/// Counts on the thread that takes signals; handed over now and then.
struct SignalCounts {
    var accepted: UInt64 = 0
    private var refused: [SignalRefusal.Reason: UInt64] = [:]

    mutating func refuse(_ reason: SignalRefusal.Reason) { refused[reason, default: 0] += 1 }

    /// Every reason there is, so that a rate can be taken of its first one.
    var tallies: [FabricSnapshot.Tally] {
        SignalRefusal.Reason.allCases.map { .init(label: $0.rawValue, count: refused[$0] ?? 0) }
    }
}
