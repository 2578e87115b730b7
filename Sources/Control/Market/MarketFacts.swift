import Market
import Policy

/// How the markets are, as `status` shows it.
package struct MarketFacts: Codable, Sendable, Equatable {
    package var regime: Regime
    package var markets: [DecisionEntry.Reading]
    /// What made it so.
    package var reason: String
    package var feeds: [FeedFacts]
    /// Why a calmer market is not followed yet; nil: it is.
    package var blocker: String?
    /// Why the node does not follow; nil: it does.
    package var trouble: String?

    /// nil: no market is watched, or nobody has looked yet.
    init?(_ facts: MarketDesk.Facts, feeds: [FeedFacts]) {
        guard let decision = facts.decision else { return nil }
        regime = decision.regime
        markets = decision.markets.map(DecisionEntry.Reading.init)
        reason = decision.reason
        self.feeds = feeds
        blocker = decision.blocker
        trouble = facts.trouble
    }

    var text: String {
        var lines = ["\(regime.rawValue): \(reason)"]
        if let blocker { lines.append("held: \(blocker)") }
        if let trouble { lines.append("not followed: \(trouble)") }
        return (lines + markets.map(\.text) + feeds.map(\.text)).joined(separator: "\n")
    }
}
