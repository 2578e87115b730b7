import Policy

/// What a look at the markets came to.
package struct Decision: Sendable, Equatable {
    /// Since 1970, ns.
    package var time: Int64
    /// The worst of the markets'.
    package var regime: Regime
    /// It was another at the look before.
    package var isNews: Bool
    package var markets: [MarketReading]
    /// What made it so, or keeps it so: `btc: volatility 512% is 400% or more`.
    package var reason: String
    /// Why it is not left yet though the market is calmer; nil: it is not.
    package var blocker: String?
}

/// One market at one look.
package struct MarketReading: Sendable, Equatable {
    package var name: String
    package var regime: Regime
    /// The last one; nil: none has come yet.
    package var price: Double?
    /// Annualised, in percent; nil: too little is known.
    package var volatility: Double?
    package var baseline: Double?
    /// Messages (of bars: trades) a minute; nil where the feed does not tell.
    package var messageRate: Double?
    /// Over its running median.
    package var rateMultiple: Double?
    /// Annualised, in percent, as an exchange says; nil where none does.
    package var impliedVolatility: Double?
    /// The first of its feeds that is in trouble; nil: all is well.
    package var alarm: Alarm?
    /// None of its feeds can be believed: the regime cannot become milder.
    package var isHeld: Bool

    /// Why a feed cannot be believed.
    package enum Alarm: Sendable, Equatable {
        /// No price for three of the feed's periods.
        case stale(feed: String)
        /// A price that is not positive, or more than 30 % from the last one; nil: there is none.
        case impossible(feed: String, price: Double, after: Double?)
    }
}
