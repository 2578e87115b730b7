/// The file's `volatility`: what is watched, when the market is worse than calm, and what quotas follow.
package struct Volatility: Sendable, Equatable {
    package var feeds: [Feed]
    /// Their worst decides.
    package var markets: [Market]
    package var estimator: Estimator
    /// Of every regime but calm.
    package var triggers: [Regime: Trigger]
    /// Over the file's, by regime. What a regime does not name is as in the milder one.
    package var quotas: [Regime: Quotas]
    /// The part of the level that was entered below which a regime is left, in percent.
    package var leave: Double
    /// A regime lasts at least so long.
    package var dwell: Duration
    /// When the market calms down, no share moves faster than this, in percent of the link a minute.
    package var release: Double

    package static let defaultLeave = 70.0
    package static let defaultDwell = Duration.seconds(15 * 60)
    package static let defaultRelease = 5.0
    /// The whole link in ten seconds, which is one step.
    package static let fastestRelease = 600.0

    /// One stream of prices.
    package struct Feed: Sendable, Equatable {
        package var name: String
        package var format: Format
        package var source: Source
        /// Of the exchange, as it writes it: BTCUSDT, BTC-PERPETUAL, BTC-USD. nil for `ndjson`.
        package var symbol: String?
        /// No price for three of these is a feed that is stale.
        package var period: Duration

        package static let defaultPeriod = Duration.seconds(5)

        package enum Format: String, Sendable, CaseIterable {
            /// A line of JSON each: `{"time": 1700000000.25, "price": 36000.5, "volume": 0.1, "kind": "trade"}`.
            case ndjson
            case binanceFutures = "binance-futures"
            case deribit, coinbase

            /// Where the exchange's public stream is; nil for what belongs to no exchange.
            package var defaultURL: String? {
                switch self {
                case .ndjson: nil
                // The path that carries trades; best bids and offers are under /public.
                case .binanceFutures: "wss://fstream.binance.com/market/ws"
                case .deribit: "wss://www.deribit.com/ws/api/v2"
                case .coinbase: "wss://ws-feed.exchange.coinbase.com"
                }
            }

            /// nil: there are no symbols.
            var exampleSymbol: String? {
                switch self {
                case .ndjson: nil
                case .binanceFutures: "BTCUSDT"
                case .deribit: "BTC-PERPETUAL"
                case .coinbase: "BTC-USD"
                }
            }
        }

        package enum Source: Sendable, Equatable {
            /// `ws://` or `wss://`.
            case webSocket(url: String)
            /// A stream socket that this node makes, and producers connect to.
            case unixSocket(path: String)
            /// Read to its end and then followed, as `tail -F` does.
            case file(path: String)
            case standardInput
        }

        package init(name: String, format: Format, source: Source, symbol: String?, period: Duration) {
            self.name = name
            self.format = format
            self.source = source
            self.symbol = symbol
            self.period = period
        }
    }

    /// What is traded, priced by one or more feeds: those that are alive count, their worst decides.
    package struct Market: Sendable, Equatable {
        package var name: String
        /// Names of `Volatility.feeds`.
        package var feeds: [String]

        package init(name: String, feeds: [String]) {
            self.name = name
            self.feeds = feeds
        }
    }

    package struct Estimator: Sendable, Equatable {
        /// Of a price bar whose range is the volatility (Parkinson).
        package var bar: Duration
        /// Of the bars' variance.
        package var halfLife: Duration
        /// Half-life of the baseline, which is frozen outside calm.
        package var baseline: Duration

        package static let standard = Estimator(bar: .seconds(60), halfLife: .seconds(300), baseline: .seconds(86400))

        package init(bar: Duration, halfLife: Duration, baseline: Duration) {
            self.bar = bar
            self.halfLife = halfLife
            self.baseline = baseline
        }
    }

    /// When a regime is entered: at a volatility of at least `volatility` and of `overBaseline` times the baseline, on
    /// `looks` looks in a row; or at a message rate of `rate` times its median while the volatility is at least
    /// `rateVolatility`.
    package struct Trigger: Sendable, Equatable {
        /// Annualised, in percent.
        package var volatility: Double
        /// 0: whatever the baseline.
        package var overBaseline: Double
        package var looks: Int
        /// nil: the message rate does not matter.
        package var rate: Double?
        /// Annualised, in percent; 0: whatever the volatility.
        package var rateVolatility: Double

        package init(volatility: Double, overBaseline: Double, looks: Int, rate: Double?, rateVolatility: Double) {
            self.volatility = volatility
            self.overBaseline = overBaseline
            self.looks = looks
            self.rate = rate
            self.rateVolatility = rateVolatility
        }
    }

    package static let defaultTriggers: [Regime: Trigger] = [
        .elevated: Trigger(volatility: 80, overBaseline: 2.5, looks: 1, rate: 5, rateVolatility: 0),
        .storm: Trigger(volatility: 120, overBaseline: 2.5, looks: 2, rate: 10, rateVolatility: 80),
        .extreme: Trigger(volatility: 400, overBaseline: 0, looks: 1, rate: nil, rateVolatility: 0),
    ]

    package init(
        feeds: [Feed], markets: [Market], estimator: Estimator = .standard,
        triggers: [Regime: Trigger] = defaultTriggers, quotas: [Regime: Quotas] = [:], leave: Double = defaultLeave,
        dwell: Duration = defaultDwell, release: Double = defaultRelease
    ) {
        self.feeds = feeds
        self.markets = markets
        self.estimator = estimator
        self.triggers = triggers
        self.quotas = quotas
        self.leave = leave
        self.dwell = dwell
        self.release = release
    }
}
