import Feeds
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
            feeds: service.counters.map { name, values in
                Feed(
                    name: name, messages: UInt64(values.messages), refused: UInt64(values.refused),
                    reconnects: UInt64(values.reconnects))
            },
            quotaChanges: facts.changes, isFollowed: facts.trouble == nil)
    }
}
