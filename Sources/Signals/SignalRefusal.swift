/// Why a signal was not taken.
package struct SignalRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    package var reason: Reason
    package var message: String
    /// What the sender can do about it.
    package var remedy: String?

    /// What refusals are counted by; raw values are the metric's labels.
    package enum Reason: String, Sendable, CaseIterable {
        /// Not one object of JSON, or longer than a signal can be.
        case malformed
        /// A key that no signal has, or one twice.
        case key
        /// One that every signal has, and this does not.
        case missing
        case kind, slice, flow, notional, ttl
        /// As many flows as there may be are worth more.
        case full
        /// No policy is in force, or the kernel does not take it.
        case unavailable
    }

    package init(_ reason: Reason, _ message: String, remedy: String? = nil) {
        self.reason = reason
        self.message = message
        self.remedy = remedy
    }

    package var description: String { message }
}
