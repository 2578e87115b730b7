import Market
import Policy

/// What the node shall follow from now on, and what follows from that.
struct DeskOrder: Sendable {
    /// Where the node does not take one, the next is tried: what is wanted, the market alone, what is followed already
    /// and shall not lapse.
    var ways: [[Override]]
    /// Why it did not take the first.
    var refusal: String?
    /// What is wanted, the market's part of it, and the governor once either is followed.
    let wanted: [Override]
    let market: [Override]
    let governor: QuotaGovernor?
    let decision: Decision?
    let time: Int64
    /// When what has led to it came.
    let began: ContinuousClock.Instant

    /// nil: there is no other way.
    func next(after error: any Error) -> DeskOrder? {
        guard ways.count > 1 else { return nil }
        var next = self
        next.ways.removeFirst()
        next.refusal = refusal ?? Failure(error).text
        return next
    }
}
