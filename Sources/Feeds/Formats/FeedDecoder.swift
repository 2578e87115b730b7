import Market
import Policy

/// Turns the messages of one stream into ticks.
package struct FeedDecoder: Sendable {
    /// What a message was.
    package enum Message: Sendable, Equatable {
        /// About what is watched, whether or not there is a tick in it.
        case news
        /// About something else.
        case aside
        /// The exchange wants to know whether anybody is there.
        case question
        /// The exchange does not send what was asked for.
        case refusal
    }

    private var format: any MessageFormat

    /// - Parameter symbol: As the exchange writes it, in either case; unused by `ndjson`.
    package init(_ format: Volatility.Feed.Format, symbol: String?) {
        let symbol = symbol ?? ""
        self.format =
            switch format {
            case .ndjson: NDJSON()
            case .binanceFutures: BinanceFutures(symbol: symbol)
            case .deribit: Deribit(symbol: symbol)
            case .coinbase: Coinbase(symbol: symbol)
            }
    }

    /// - Parameters:
    ///   - now: When it was read, since 1970, ns; the time of what does not say its own.
    ///   - ticks: Where what it says is added.
    package mutating func decode(
        _ message: Span<UInt8>, now: Int64, into ticks: inout [Tick]
    ) throws(MalformedMessage) -> Message {
        try format.decode(message, now: now, into: &ticks)
    }
}

/// How one source writes its messages.
protocol MessageFormat: Sendable {
    /// A message that is refused leaves `ticks` as they were.
    mutating func decode(
        _ bytes: Span<UInt8>, now: Int64, into ticks: inout [Tick]
    ) throws(MalformedMessage) -> FeedDecoder.Message
}
