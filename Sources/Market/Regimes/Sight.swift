/// What one feed says at a look.
package struct Sight: Sendable, Equatable {
    /// Annualised, in percent.
    package var volatility: Double
    /// Otherwise the volatility is the least it can be: no whole bar has been seen.
    package var isKnown: Bool
    /// Two half-lives have been seen: it is not the last few bars' alone.
    package var isSettled: Bool
    /// Annualised, in percent; nil: too little has been seen.
    package var baseline: Double?
    /// Messages (of bars: trades) a minute; nil: the feed does not tell.
    package var messageRate: Double?
    /// Over its median; nil too where too little of it is known.
    package var rateMultiple: Double?

    var hasBaseline: Bool { baseline != nil }

    package init(
        volatility: Double, isKnown: Bool = true, isSettled: Bool = true, baseline: Double? = nil,
        messageRate: Double? = nil,
        rateMultiple: Double? = nil
    ) {
        self.volatility = volatility
        self.isKnown = isKnown
        self.isSettled = isSettled
        self.baseline = baseline
        self.messageRate = messageRate
        self.rateMultiple = rateMultiple
    }
}

/// From where on a message makes a market worse by itself: nobody should wait with it until the next look.
struct Attention: Sendable, Equatable {
    /// Annualised, in percent.
    var volatility: Double
    /// Messages a minute over their median.
    var rateMultiple: Double

    static let none = Attention(volatility: .infinity, rateMultiple: .infinity)

    /// What either asks for.
    func with(_ other: Attention) -> Attention {
        Attention(
            volatility: min(volatility, other.volatility), rateMultiple: min(rateMultiple, other.rateMultiple))
    }
}
