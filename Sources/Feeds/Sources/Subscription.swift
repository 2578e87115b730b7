import Policy

/// What an exchange must be told before it sends anything.
struct Subscription: Sendable, Equatable {
    /// In order, when the connection is up.
    var requests: [String]
    /// When it asks whether anybody is there.
    var answer: String?

    init(_ feed: Volatility.Feed) {
        let symbol = feed.symbol ?? ""
        switch feed.format {
        case .ndjson: requests = []
        case .binanceFutures:
            let stream = symbol.lowercased()
            requests = [
                #"{"method":"SUBSCRIBE","params":["\#(stream)@aggTrade","\#(stream)@bookTicker"],"id":1}"#
            ]
        case .deribit:
            requests = [
                // Ten seconds is the shortest it accepts.
                #"{"jsonrpc":"2.0","id":1,"method":"public/set_heartbeat","params":{"interval":10}}"#,
                #"{"jsonrpc":"2.0","id":2,"method":"public/subscribe","params":{"channels":["ticker.\#(symbol.uppercased()).100ms"]}}"#,
            ]
            answer = #"{"jsonrpc":"2.0","id":3,"method":"public/test","params":{}}"#
        case .coinbase:
            requests = [
                #"{"type":"subscribe","product_ids":["\#(symbol.uppercased())"],"channels":["ticker","matches"]}"#
            ]
        }
    }
}
