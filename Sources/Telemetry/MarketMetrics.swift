/// Everything the metrics say about the markets at one moment.
package struct MarketSample: Sendable, Equatable {
    /// 0 calm, 1 elevated, 2 storm, 3 extreme; nil: none is watched.
    package var regime: Int?
    package var markets: [Market]
    package var feeds: [Feed]
    /// How often quotas have followed the market or a schedule.
    package var quotaChanges: UInt64
    /// The node does what was decided.
    package var isFollowed: Bool

    /// nil figures: not known.
    package struct Market: Sendable, Equatable {
        package var name: String
        package var regime: Int
        /// Annualised, as a ratio.
        package var volatility: Double?
        package var baseline: Double?
        /// Over its running median.
        package var messageRatio: Double?
        package var impliedVolatility: Double?
        package var isHeld: Bool

        package init(
            name: String, regime: Int, volatility: Double?, baseline: Double?, messageRatio: Double?,
            impliedVolatility: Double?, isHeld: Bool
        ) {
            self.name = name
            self.regime = regime
            self.volatility = volatility
            self.baseline = baseline
            self.messageRatio = messageRatio
            self.impliedVolatility = impliedVolatility
            self.isHeld = isHeld
        }
    }

    package struct Feed: Sendable, Equatable {
        package var name: String
        package var isConnected: Bool
        package var messages: UInt64
        package var refused: UInt64
        package var reconnects: UInt64

        package init(name: String, isConnected: Bool, messages: UInt64, refused: UInt64, reconnects: UInt64) {
            self.name = name
            self.isConnected = isConnected
            self.messages = messages
            self.refused = refused
            self.reconnects = reconnects
        }
    }

    package init(regime: Int?, markets: [Market], feeds: [Feed], quotaChanges: UInt64, isFollowed: Bool) {
        self.regime = regime
        self.markets = markets
        self.feeds = feeds
        self.quotaChanges = quotaChanges
        self.isFollowed = isFollowed
    }
}

/// The markets as metric families. A pure function.
package enum MarketMetrics {
    package static func families(of sample: MarketSample) -> [MetricFamily] {
        [
            .gauge(
                "shaper_market_regime", "The worst of the markets: 0 calm, 1 elevated, 2 storm, 3 extreme.",
                sample.regime.map { [.init(UInt64($0))] } ?? []),
            .gauge(
                "shaper_market_state", "Each market by itself: 0 calm, 1 elevated, 2 storm, 3 extreme.",
                sample.markets.map { .init(UInt64($0.regime), [("market", $0.name)]) }),
            each("shaper_market_volatility_ratio", "Annualised volatility of the last minutes.", sample, \.volatility),
            each(
                "shaper_market_baseline_volatility_ratio", "Annualised volatility of calm times.", sample, \.baseline),
            each(
                "shaper_market_message_rate_ratio", "Messages a minute over their running median.", sample,
                \.messageRatio),
            each(
                "shaper_market_implied_volatility_ratio",
                "Annualised volatility that an exchange computes from options.",
                sample, \.impliedVolatility),
            .gauge(
                "shaper_market_held", "Whether no feed of the market can be believed, so that its state is held.",
                sample.markets.map { .init(UInt64($0.isHeld ? 1 : 0), [("market", $0.name)]) }),
            .gauge(
                "shaper_market_followed", "Whether the quotas in force are those that were decided.",
                [.init(UInt64(sample.isFollowed ? 1 : 0))]),
            .counter(
                "shaper_market_quota_changes_total", "Changes of quotas for the market or a schedule.",
                [.init(sample.quotaChanges)]),
            .gauge(
                "shaper_feed_connected", "Whether the feed's source is there.",
                sample.feeds.map { .init(UInt64($0.isConnected ? 1 : 0), [("feed", $0.name)]) }),
            count("shaper_feed_messages_total", "Messages a feed has brought.", sample, \.messages),
            count("shaper_feed_refused_messages_total", "Messages that could not be understood.", sample, \.refused),
            count("shaper_feed_reconnects_total", "Times a feed's source was tried again.", sample, \.reconnects),
        ]
    }

    private static func each(
        _ name: String, _ help: String, _ sample: MarketSample, _ value: KeyPath<MarketSample.Market, Double?>
    ) -> MetricFamily {
        .gauge(
            name, help,
            sample.markets.compactMap { market in
                market[keyPath: value].map { .init($0, [("market", market.name)]) }
            })
    }

    private static func count(
        _ name: String, _ help: String, _ sample: MarketSample, _ value: KeyPath<MarketSample.Feed, UInt64>
    ) -> MetricFamily {
        .counter(name, help, sample.feeds.map { .init($0[keyPath: value], [("feed", $0.name)]) })
    }
}
