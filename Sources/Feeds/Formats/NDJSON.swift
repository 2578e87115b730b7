import Market

/// `{"time": 1700000000.25, "price": 36000.5, "volume": 0.1, "kind": "trade"}`: seconds since 1970, in the quote
/// currency, in the base currency, and `trade`, `quote`, `mark` or `implied-volatility`. Only the price must be there;
/// members that are not known are passed over.
struct NDJSON: MessageFormat {
    func decode(
        _ bytes: Span<UInt8>, now: Int64, into ticks: inout [Tick]
    ) throws(MalformedMessage) -> FeedDecoder.Message {
        var time = JSONValue.null
        var price = JSONValue.null
        var volume = JSONValue.null
        var kind = JSONValue.null

        var scanner = JSONScanner()
        try scanner.enter(bytes)
        while let name = try scanner.next(bytes) {
            switch name {
            case .price: price = try scanner.value(bytes)
            case .time: time = try scanner.value(bytes)
            case .volume: volume = try scanner.value(bytes)
            case .kind: kind = try scanner.value(bytes)
            default: try scanner.skip(bytes)
            }
        }
        try scanner.finish(bytes)

        guard let price = try price.double(bytes, "price") else { throw .lacks("price") }
        let moment: Int64 =
            if let time = try time.number(bytes, "time") {
                try FeedTime.nanoseconds(time, places: 9)
            } else { now }
        ticks.append(
            Tick(
                time: moment, price: price, volume: try volume.double(bytes, "volume") ?? 0,
                kind: try Self.kind(kind, bytes)))
        return .news
    }

    private static func kind(_ value: JSONValue, _ bytes: Span<UInt8>) throws(MalformedMessage) -> Tick.Kind {
        if case .null = value { return .trade }
        switch value.name?.name(bytes) {
        case .trade?: return .trade
        case .quote?: return .quote
        case .mark?: return .mark
        default:
            guard value.isText(impliedVolatility, bytes) else { throw .impossible("kind") }
            return .impliedVolatility
        }
    }

    private static let impliedVolatility = Array("implied-volatility".utf8)
}

extension JSONName {
    fileprivate static let time: JSONName = "time"
    fileprivate static let price: JSONName = "price"
    fileprivate static let volume: JSONName = "volume"
    fileprivate static let kind: JSONName = "kind"
    fileprivate static let trade: JSONName = "trade"
    fileprivate static let quote: JSONName = "quote"
    fileprivate static let mark: JSONName = "mark"
}
