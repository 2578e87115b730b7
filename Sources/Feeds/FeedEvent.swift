import Market

/// What a feed tells of itself, in order.
package enum FeedEvent: Sendable {
    /// What was read at once.
    case ticks([Tick])
    case connected
    /// Why it has nothing to say for now; it tries again by itself.
    case lost(String)
}
