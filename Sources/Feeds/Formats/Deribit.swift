import Market

/// Deribit's `ticker.SYMBOL.*` over JSON-RPC: the mark price, or where there is none the last trade's; and `mark_iv` as
/// implied volatility. An option's price is in units of what it is about.
struct Deribit: MessageFormat {
    /// `ticker.SYMBOL.`, in lower case.
    private let channel: [UInt8]

    init(symbol: String) { channel = Array("ticker.\(symbol.lowercased()).".utf8) }

    func decode(
        _ bytes: Span<UInt8>, now: Int64, into ticks: inout [Tick]
    ) throws(MalformedMessage) -> FeedDecoder.Message {
        var method = JSONValue.null
        var parameters = Parameters()
        var isRefusal = false
        // A subscription to a channel that does not exist is answered with a list that lacks it.
        var subscribed: Bool?

        var scanner = JSONScanner()
        try scanner.enter(bytes)
        while let name = try scanner.next(bytes) {
            switch name {
            case .method: method = try scanner.value(bytes)
            case .error:
                if case .null = try scanner.value(bytes) {} else { isRefusal = true }
            case .result:
                let start = scanner.position
                try scanner.skip(bytes)
                subscribed = Self.isNonEmptyList(bytes, start..<scanner.position)
            case .parameters where scanner.isAtObject(bytes):
                parameters = Parameters()
                try scanner.enter(bytes)
                while let name = try scanner.next(bytes) { try parameters.read(name, &scanner, bytes) }
            default: try scanner.skip(bytes)
            }
        }
        try scanner.finish(bytes)

        if isRefusal || subscribed == false { return .refusal }
        switch method.name?.name(bytes) {
        case .heartbeat?: return parameters.type.name?.name(bytes) == .testRequest ? .question : .aside
        case .subscription?: break
        default: return .aside
        }
        guard let channel = parameters.channel.name, isOurs(channel, bytes) else { return .aside }
        guard let clock = try parameters.time.number(bytes, "time") else { throw .lacks("time") }
        let time = try FeedTime.nanoseconds(clock, places: 6)
        let volatility = try parameters.volatility.double(bytes, "volatility")
        if let price = try parameters.mark.double(bytes, "price") {
            ticks.append(Tick(time: time, price: price, volume: 0, kind: .mark))
        } else if let price = try parameters.last.double(bytes, "price") {
            ticks.append(Tick(time: time, price: price, volume: 0, kind: .trade))
        } else {
            throw .lacks("price")
        }
        if let volatility {
            ticks.append(Tick(time: time, price: volatility, volume: 0, kind: .impliedVolatility))
        }
        return .news
    }

    private func isOurs(_ name: JSONString, _ bytes: Span<UInt8>) -> Bool {
        if name.isEscaped {
            return name.unescaped(bytes).prefix(channel.count).elementsEqual(channel) { $0.lowercased == $1 }
        }
        guard name.range.count > channel.count else { return false }
        let start = name.range.lowerBound
        return JSONString(range: start..<start + channel.count, isEscaped: false).equals(channel, bytes)
    }

    /// nil for what is no list.
    private static func isNonEmptyList(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool? {
        var isList: Bool?
        for place in range {
            switch bytes[place] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): continue
            case UInt8(ascii: "[") where isList == nil: isList = false
            case UInt8(ascii: "]"): return isList
            default: return isList.map { _ in true }
            }
        }
        return isList
    }

    private struct Parameters {
        var type = JSONValue.null
        var channel = JSONValue.null
        var time = JSONValue.null
        var mark = JSONValue.null
        var last = JSONValue.null
        var volatility = JSONValue.null

        mutating func read(
            _ name: JSONName, _ scanner: inout JSONScanner, _ bytes: Span<UInt8>
        ) throws(MalformedMessage) {
            switch name {
            case .type: type = try scanner.value(bytes)
            case .channel: channel = try scanner.value(bytes)
            case .data where scanner.isAtObject(bytes):
                try scanner.enter(bytes)
                while let name = try scanner.next(bytes) {
                    switch name {
                    case .time: time = try scanner.value(bytes)
                    case .mark: mark = try scanner.value(bytes)
                    case .last: last = try scanner.value(bytes)
                    case .volatility: volatility = try scanner.value(bytes)
                    default: try scanner.skip(bytes)
                    }
                }
            default: try scanner.skip(bytes)
            }
        }
    }
}

extension JSONName {
    fileprivate static let method: JSONName = "method"
    fileprivate static let parameters: JSONName = "params"
    fileprivate static let error: JSONName = "error"
    fileprivate static let result: JSONName = "result"
    fileprivate static let type: JSONName = "type"
    fileprivate static let channel: JSONName = "channel"
    fileprivate static let data: JSONName = "data"
    fileprivate static let time: JSONName = "timestamp"
    fileprivate static let mark: JSONName = "mark_price"
    fileprivate static let last: JSONName = "last_price"
    fileprivate static let volatility: JSONName = "mark_iv"
    fileprivate static let heartbeat: JSONName = "heartbeat"
    fileprivate static let subscription: JSONName = "subscription"
    fileprivate static let testRequest: JSONName = "test_request"
}
