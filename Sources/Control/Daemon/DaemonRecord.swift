import FoundationEssentials
import Synchronization

/// What has happened since the daemon began.
final class DaemonRecord: Sendable {
    struct Entries: Sendable {
        var lastReloadSucceeded = true
        /// Seconds since 1970, the beginning's own included; nil: not yet.
        var lastReloadSuccess: Double?
        /// Changes by others that were put right.
        var driftRepairs: UInt64 = 0
        /// Why the kernel is not as the policy wants it, and cannot be made so; nil: all is well.
        var trouble: String?
    }

    private let entries = Mutex(Entries())

    var now: Entries { entries.withLock { $0 } }

    func reloaded(successfully: Bool) {
        entries.withLock {
            $0.lastReloadSucceeded = successfully
            if successfully { $0.lastReloadSuccess = Date().timeIntervalSince1970 }
        }
    }

    func repaired(_ count: Int) { entries.withLock { $0.driftRepairs += UInt64(count) } }

    /// - Returns: whether that is news.
    func note(trouble: String?) -> Bool {
        entries.withLock { entries in
            defer { entries.trouble = trouble }
            return entries.trouble != trouble
        }
    }
}
