import CBPF

/// What the counters of the contract are called, in their maps' order.
package enum CounterNames {
    /// Of `NodeKernel.drops()`.
    package static let drops = (0..<SHAPER_DROP_REASONS.rawValue).map { String(cString: shaper_drop_label($0)) }
    /// What each drop means.
    package static let dropHelp = (0..<SHAPER_DROP_REASONS.rawValue).map { String(cString: shaper_drop_help($0)) }
    /// Of `NodeKernel.events()`.
    package static let events = (0..<SHAPER_EVENT_KINDS.rawValue).map { String(cString: shaper_event_label($0)) }
}
