/// What a feed says at one moment.
package struct Tick: Sendable, Equatable {
    /// Since 1970, ns, by the feed's own clock.
    package var time: Int64
    /// In the quote currency; of `impliedVolatility` the percentage, annualised.
    package var price: Double
    /// In units of the base currency; 0 where the message has none.
    package var volume: Double
    package var kind: Kind

    package enum Kind: UInt8, Sendable, CaseIterable {
        case trade
        /// The middle of the best bid and offer.
        case quote
        /// An exchange's fair price.
        case mark
        /// Not a price: it is shown, and decides nothing.
        case impliedVolatility
    }

    package init(time: Int64, price: Double, volume: Double, kind: Kind) {
        self.time = time
        self.price = price
        self.volume = volume
        self.kind = kind
    }
}

/// What a price did in one step of time.
package struct Bar: Sendable, Equatable {
    /// When it began: since 1970, ns.
    package var time: Int64
    /// ns.
    package var step: Int64
    package var open: Double
    package var high: Double
    package var low: Double
    package var close: Double
    /// In units of the base currency.
    package var volume: Double
    /// nil where the file does not count them.
    package var trades: Int?

    package var end: Int64 { time + step }

    package init(
        time: Int64, step: Int64, open: Double, high: Double, low: Double, close: Double, volume: Double, trades: Int?
    ) {
        self.time = time
        self.step = step
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
        self.trades = trades
    }
}
