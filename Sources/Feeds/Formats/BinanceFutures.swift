import Market

/// Binance's futures streams: `aggTrade` is a trade, `bookTicker` the middle of the best bid and offer; bare, or
/// wrapped as a combined stream's `{"stream": …, "data": …}`.
struct BinanceFutures: MessageFormat {
    private let symbol: [UInt8]

    init(symbol: String) { self.symbol = Array(symbol.lowercased().utf8) }

    func decode(
        _ bytes: Span<UInt8>, now: Int64, into ticks: inout [Tick]
    ) throws(MalformedMessage) -> FeedDecoder.Message {
        var event = Event()
        var wrapped = Event()
        var isRefusal = false

        var scanner = JSONScanner()
        try scanner.enter(bytes)
        while let name = try scanner.next(bytes) {
            switch name {
            case .data where scanner.isAtObject(bytes):
                wrapped = Event()
                try scanner.enter(bytes)
                while let name = try scanner.next(bytes) { try wrapped.read(name, &scanner, bytes) }
            case .error, .code:
                if case .null = try scanner.value(bytes) {} else { isRefusal = true }
            default: try event.read(name, &scanner, bytes)
            }
        }
        try scanner.finish(bytes)
        if isRefusal { return .refusal }
        return try (wrapped.type.name ?? event.type.name) == nil
            ? .aside : tick(wrapped.type.name == nil ? event : wrapped, bytes, into: &ticks)
    }

    private func tick(
        _ event: Event, _ bytes: Span<UInt8>, into ticks: inout [Tick]
    ) throws(MalformedMessage) -> FeedDecoder.Message {
        let type = event.type.name?.name(bytes)
        guard type == .aggTrade || type == .bookTicker else { return .aside }
        guard case .string = event.symbol else { throw .lacks("symbol") }
        guard event.symbol.isText(symbol, bytes) else { return .aside }
        guard let clock = try event.time.number(bytes, "time") else { throw .lacks("time") }
        let time = try FeedTime.nanoseconds(clock, places: 6)

        if type == .aggTrade {
            guard let price = try event.price.double(bytes, "price") else { throw .lacks("price") }
            guard let volume = try event.volume.double(bytes, "volume") else { throw .lacks("volume") }
            ticks.append(Tick(time: time, price: price, volume: volume, kind: .trade))
            return .news
        }
        guard let bid = try event.bid.double(bytes, "bid") else { throw .lacks("bid") }
        guard let ask = try event.ask.double(bytes, "offer") else { throw .lacks("offer") }
        // A book with one side has no middle.
        guard bid > 0, ask > 0 else { return .news }
        ticks.append(Tick(time: time, price: bid + (ask - bid) / 2, volume: 0, kind: .quote))
        return .news
    }

    /// The members of either event that matter.
    private struct Event {
        var type = JSONValue.null
        var symbol = JSONValue.null
        var time = JSONValue.null
        var price = JSONValue.null
        var volume = JSONValue.null
        var bid = JSONValue.null
        var ask = JSONValue.null

        mutating func read(
            _ name: JSONName, _ scanner: inout JSONScanner, _ bytes: Span<UInt8>
        ) throws(MalformedMessage) {
            switch name {
            case .type: type = try scanner.value(bytes)
            case .symbol: symbol = try scanner.value(bytes)
            case .time: time = try scanner.value(bytes)
            case .price: price = try scanner.value(bytes)
            case .volume: volume = try scanner.value(bytes)
            case .bid: bid = try scanner.value(bytes)
            case .ask: ask = try scanner.value(bytes)
            default: try scanner.skip(bytes)
            }
        }
    }
}

extension JSONName {
    fileprivate static let data: JSONName = "data"
    fileprivate static let error: JSONName = "error"
    fileprivate static let code: JSONName = "code"
    fileprivate static let type: JSONName = "e"
    fileprivate static let symbol: JSONName = "s"
    fileprivate static let time: JSONName = "T"
    fileprivate static let price: JSONName = "p"
    fileprivate static let volume: JSONName = "q"
    fileprivate static let bid: JSONName = "b"
    fileprivate static let ask: JSONName = "a"
    fileprivate static let aggTrade: JSONName = "aggTrade"
    fileprivate static let bookTicker: JSONName = "bookTicker"
}
