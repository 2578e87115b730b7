import Market
import Policy
import Telemetry

extension MarketSample {
    /// At this moment.
    init(_ service: MarketService) {
        let facts = service.facts
        self.init(
            regime: facts.decision?.regime.severity,
            markets: facts.decision?.markets.map { reading in
                Market(
                    name: reading.name, regime: reading.regime.severity,
                    volatility: reading.volatility.map { $0 / 100 }, baseline: reading.baseline.map { $0 / 100 },
                    messageRatio: reading.rateMultiple, impliedVolatility: reading.impliedVolatility.map { $0 / 100 },
                    isHeld: reading.isHeld)
            } ?? [],
            feeds: service.feedFacts.map {
                Feed(
                    name: $0.name, isConnected: $0.isConnected, messages: UInt64($0.messages),
                    refused: UInt64($0.refused), reconnects: UInt64($0.reconnects))
            },
            quotaChanges: facts.changes, isFollowed: facts.trouble == nil)
    }
}
