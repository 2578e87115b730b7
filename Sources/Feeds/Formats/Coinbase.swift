import Market

/// Coinbase Exchange's `ticker`, `match` and `last_match`: trades. A trade comes as a match and in a ticker, in either
/// order, and is told once.
struct Coinbase: MessageFormat {
    private let symbol: [UInt8]
    /// Trades told last, by the kind of message; the exchange numbers them.
    private var ticker: Int64 = -1
    private var match: Int64 = -1

    init(symbol: String) { self.symbol = Array(symbol.lowercased().utf8) }

    mutating func decode(
        _ bytes: Span<UInt8>, now: Int64, into ticks: inout [Tick]
    ) throws(MalformedMessage) -> FeedDecoder.Message {
        var type = JSONValue.null
        var product = JSONValue.null
        var price = JSONValue.null
        var time = JSONValue.null
        var matched = JSONValue.null
        var last = JSONValue.null
        var trade = JSONValue.null

        var scanner = JSONScanner()
        try scanner.enter(bytes)
        while let name = try scanner.next(bytes) {
            switch name {
            case .type: type = try scanner.value(bytes)
            case .product: product = try scanner.value(bytes)
            case .price: price = try scanner.value(bytes)
            case .time: time = try scanner.value(bytes)
            case .matched: matched = try scanner.value(bytes)
            case .last: last = try scanner.value(bytes)
            case .trade: trade = try scanner.value(bytes)
            default: try scanner.skip(bytes)
            }
        }
        try scanner.finish(bytes)

        let isTicker: Bool
        switch type.name?.name(bytes) {
        case .ticker?: isTicker = true
        case .match?, .lastMatch?: isTicker = false
        case .error?: return .refusal
        default: return .aside
        }
        guard case .string = product else { throw .lacks("product_id") }
        guard product.isText(symbol, bytes) else { return .aside }
        guard case .string(let clock) = time else { throw .lacks("time") }
        guard let price = try price.double(bytes, "price") else { throw .lacks("price") }
        let tick = Tick(
            time: try FeedTime.nanoseconds(clock, bytes), price: price,
            volume: try (isTicker ? last : matched).double(bytes, "size") ?? 0, kind: .trade)
        if isNew(try trade.number(bytes, "trade_id")?.integer, isTicker: isTicker) { ticks.append(tick) }
        return .news
    }

    /// A ticker has the newest trade, and a match is every one of them.
    private mutating func isNew(_ trade: Int64?, isTicker: Bool) -> Bool {
        guard let trade else { return true }
        if isTicker {
            defer { ticker = trade }
            return trade > match && trade != ticker
        }
        defer { match = trade }
        return trade != ticker && trade != match
    }
}

extension JSONName {
    fileprivate static let type: JSONName = "type"
    fileprivate static let product: JSONName = "product_id"
    fileprivate static let price: JSONName = "price"
    fileprivate static let time: JSONName = "time"
    fileprivate static let matched: JSONName = "size"
    fileprivate static let last: JSONName = "last_size"
    fileprivate static let trade: JSONName = "trade_id"
    fileprivate static let ticker: JSONName = "ticker"
    fileprivate static let match: JSONName = "match"
    fileprivate static let lastMatch: JSONName = "last_match"
    fileprivate static let error: JSONName = "error"
}
