import Market
import Policy
import Testing

@testable import Feeds

@Suite struct FormatTests {
    private static let now: Int64 = 42

    private func ticks(
        _ format: Volatility.Feed.Format, _ symbol: String?, _ messages: String...
    ) throws -> [Tick] {
        var decoder = FeedDecoder(format, symbol: symbol)
        var ticks: [Tick] = []
        for message in messages {
            _ = try decoder.decode(Array(message.utf8).span, now: Self.now, into: &ticks)
        }
        return ticks
    }

    private func kind(_ format: Volatility.Feed.Format, _ symbol: String?, _ message: String) throws
        -> FeedDecoder.Message
    {
        var decoder = FeedDecoder(format, symbol: symbol)
        var ticks: [Tick] = []
        return try decoder.decode(Array(message.utf8).span, now: Self.now, into: &ticks)
    }

    // MARK: ndjson

    @Test func `a line says when, how much, how many and what`() throws {
        #expect(
            try ticks(
                .ndjson, nil, #"{"time": 1700000000.25, "price": 36000.5, "volume": 0.1, "kind": "trade"}"#,
                #"{"kind":"quote","price":"36000.5","time":1700000000}"#, #"{"price":1,"kind":"mark","who":{"a":[1]}}"#,
                #"{"price":80.5,"kind":"implied-volatility"}"#, #"{"price":-3,"time":null,"volume":null,"kind":null}"#)
                == [
                    Tick(time: 1_700_000_000_250_000_000, price: 36000.5, volume: 0.1, kind: .trade),
                    Tick(time: 1_700_000_000_000_000_000, price: 36000.5, volume: 0, kind: .quote),
                    Tick(time: Self.now, price: 1, volume: 0, kind: .mark),
                    Tick(time: Self.now, price: 80.5, volume: 0, kind: .impliedVolatility),
                    Tick(time: Self.now, price: -3, volume: 0, kind: .trade),
                ])
    }

    @Test(arguments: [
        #"{}"#, #"{"price":null}"#, #"{"price":"much"}"#, #"{"price":true}"#, #"{"price":1,"kind":"bid"}"#,
        #"{"price":1,"kind":7}"#, #"{"price":1,"time":"2021-04-17"}"#, #"{"price":1,"time":-5}"#, #"{"price":1e999}"#,
        #"{"price":1,"volume":"x"}"#, #"[{"price":1}]"#, "garbage",
    ])
    func `a line that says nothing is refused`(line: String) {
        #expect(throws: MalformedMessage.self) { try ticks(.ndjson, nil, line) }
    }

    // MARK: Binance

    private static let trade =
        #"{"e":"aggTrade","E":1626992741170,"a":5933014,"s":"BTCUSDT","p":"32010.07","q":"0.003","f":1,"l":2,"T":1626992741163,"m":true}"#
    private static let book =
        #"{"e":"bookTicker","u":400900217,"s":"BTCUSDT","b":"32010.00","B":"31.21","a":"32010.50","A":"40.66","T":1626992741164,"E":1626992741165}"#

    @Test func `Binance's trades and books are read bare and wrapped`() throws {
        let expected = [
            Tick(time: 1_626_992_741_163_000_000, price: 32010.07, volume: 0.003, kind: .trade),
            Tick(time: 1_626_992_741_164_000_000, price: 32010.25, volume: 0, kind: .quote),
        ]
        #expect(try ticks(.binanceFutures, "BTCUSDT", Self.trade, Self.book) == expected)
        #expect(
            try ticks(
                .binanceFutures, "btcUSDT", #"{"stream":"btcusdt@aggTrade","data":\#(Self.trade)}"#,
                #"{"data":\#(Self.book),"stream":"btcusdt@bookTicker"}"#) == expected)
    }

    @Test func `Binance's other symbols and streams are somebody else's`() throws {
        #expect(try kind(.binanceFutures, "ETHUSDT", Self.trade) == .aside)
        #expect(try kind(.binanceFutures, "BTCUSD", Self.trade) == .aside)
        #expect(
            try kind(.binanceFutures, "BTCUSDT", #"{"e":"depthUpdate","s":"BTCUSDT","b":[["1","2"]],"a":[]}"#) == .aside
        )
        #expect(try kind(.binanceFutures, "BTCUSDT", #"{"result":null,"id":1}"#) == .aside)
        #expect(try kind(.binanceFutures, "BTCUSDT", Self.trade) == .news)
    }

    @Test func `a refused subscription is seen`() throws {
        #expect(try kind(.binanceFutures, "X", #"{"error":{"code":2,"msg":"Invalid request"},"id":1}"#) == .refusal)
        #expect(try kind(.binanceFutures, "X", #"{"code":2,"msg":"Invalid request"}"#) == .refusal)
        #expect(
            try kind(.deribit, "X", #"{"jsonrpc":"2.0","id":2,"error":{"code":11050,"message":"bad_request"}}"#)
                == .refusal)
        #expect(try kind(.deribit, "X", #"{"jsonrpc":"2.0","id":2,"result":[ ]}"#) == .refusal)
        #expect(try kind(.deribit, "X", #"{"jsonrpc":"2.0","id":2,"result":["ticker.X.100ms"]}"#) == .aside)
        #expect(try kind(.deribit, "X", #"{"jsonrpc":"2.0","id":1,"result":"ok"}"#) == .aside)
        #expect(try kind(.coinbase, "X", #"{"type":"error","message":"Failed to subscribe"}"#) == .refusal)
    }

    @Test func `a book with one side has no middle`() throws {
        let message = Self.book.replacing("32010.50", with: "0")
        #expect(try ticks(.binanceFutures, "BTCUSDT", message) == [])
    }

    @Test func `Binance's messages without their parts are refused`() {
        for part in [#""p":"32010.07","#, #","T":1626992741163"#, #""q":"0.003","#, #""s":"BTCUSDT","#] {
            #expect(throws: MalformedMessage.self) {
                try ticks(.binanceFutures, "BTCUSDT", Self.trade.replacing(part, with: ""))
            }
        }
        #expect(throws: MalformedMessage.self) {
            try ticks(.binanceFutures, "BTCUSDT", Self.trade.replacing("32010.07", with: "3201O.07"))
        }
    }

    // MARK: Deribit

    private static let ticker =
        #"{"jsonrpc":"2.0","method":"subscription","params":{"channel":"ticker.BTC-PERPETUAL.100ms","data":{"timestamp":1626993723632,"stats":{"volume":869.0,"high":null},"mark_price":32200.5,"last_price":32199.5,"mark_iv":81.5}}}"#

    @Test func `Deribit's ticker is the mark price, and the implied volatility of an option`() throws {
        let time: Int64 = 1_626_993_723_632_000_000
        #expect(
            try ticks(.deribit, "btc-perpetual", Self.ticker) == [
                Tick(time: time, price: 32200.5, volume: 0, kind: .mark),
                Tick(time: time, price: 81.5, volume: 0, kind: .impliedVolatility),
            ])
        #expect(
            try ticks(.deribit, "BTC-PERPETUAL", Self.ticker.replacing(#","mark_iv":81.5"#, with: "")) == [
                Tick(time: time, price: 32200.5, volume: 0, kind: .mark)
            ])
        #expect(
            try ticks(.deribit, "BTC-PERPETUAL", Self.ticker.replacing(#""mark_price":32200.5,"#, with: "")).first
                == Tick(time: time, price: 32199.5, volume: 0, kind: .trade))
    }

    @Test func `Deribit's other channels are somebody else's, and its heartbeat is a question`() throws {
        #expect(try kind(.deribit, "BTC-PERP", Self.ticker) == .aside)
        #expect(try kind(.deribit, "ETH-PERPETUAL", Self.ticker) == .aside)
        #expect(try kind(.deribit, "BTC-PERPETUAL", Self.ticker.replacing("ticker.", with: "book.")) == .aside)
        #expect(
            try kind(.deribit, "X", #"{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}"#)
                == .question)
        #expect(
            try kind(.deribit, "X", #"{"params":{"type":"heartbeat"},"method":"heartbeat","jsonrpc":"2.0"}"#) == .aside)
    }

    @Test func `a refused Deribit message leaves no half of it`() throws {
        var decoder = FeedDecoder(.deribit, symbol: "BTC-PERPETUAL")
        var ticks: [Tick] = []
        let message = Self.ticker.replacing("81.5", with: "\"high\"")
        #expect(throws: MalformedMessage.impossible("volatility")) {
            _ = try decoder.decode(Array(message.utf8).span, now: 0, into: &ticks)
        }
        #expect(ticks.isEmpty)
    }

    // MARK: Coinbase

    private func coinbase(_ type: String, trade: Int, price: String = "14.7775") -> String {
        #"{"type":"\#(type)","trade_id":\#(trade),"product_id":"BAND-GBP","price":"\#(price)","size":"0.04","last_size":"0.05","time":"2021-04-17T16:43:30.244075Z"}"#
    }

    @Test func `Coinbase's trades have a time of day and a size`() throws {
        let time: Int64 = 1_618_677_810_244_075_000
        #expect(
            try ticks(.coinbase, "band-gbp", coinbase("match", trade: 1), coinbase("ticker", trade: 2)) == [
                Tick(time: time, price: 14.7775, volume: 0.04, kind: .trade),
                Tick(time: time, price: 14.7775, volume: 0.05, kind: .trade),
            ])
    }

    @Test func `Coinbase tells a trade twice, and it counts once`() throws {
        // A ticker before its matches, one after them, and a last match when the connection is new.
        #expect(
            try ticks(
                .coinbase, "BAND-GBP", coinbase("ticker", trade: 5), coinbase("last_match", trade: 5),
                coinbase("ticker", trade: 8), coinbase("match", trade: 6), coinbase("match", trade: 7),
                coinbase("match", trade: 8), coinbase("match", trade: 9), coinbase("ticker", trade: 9)
            ).count == 5)
    }

    @Test func `Coinbase's other products and channels are somebody else's`() throws {
        #expect(try kind(.coinbase, "BAND-EUR", coinbase("match", trade: 1)) == .aside)
        #expect(try kind(.coinbase, "BAND-GBP", coinbase("l2update", trade: 1)) == .aside)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:34:56.5Z", 951_827_696_500_000_000),
        ("2021-04-17T18:43:30.244075+02:00", 1_618_677_810_244_075_000),
        ("2021-04-17T16:43:30.123456789123Z", 1_618_677_810_123_456_789),
        ("2024-12-31T23:59:60Z", 1_735_689_600_000_000_000),
    ])
    func `a date is nanoseconds`(text: String, expected: Int64) throws {
        let message = coinbase("match", trade: 1).replacing("2021-04-17T16:43:30.244075Z", with: text)
        #expect(try ticks(.coinbase, "BAND-GBP", message).first?.time == expected)
    }

    @Test(arguments: [
        "", "2021-04-17", "2021-04-17T16:43:30", "2021-13-17T16:43:30Z", "2021-04-32T16:43:30Z", "2021-04-17T24:43:30Z",
        "2021-04-17T16:43:30.Z", "2021-04-17T16:43:30+2:00", "2021-04-17T16:43:30+25:00", "1969-12-31T23:59:59Z",
        "2021-04-17T16:43:30ZZ", "9999-04-17T16:43:30Z", "２021-04-17T16:43:30Z",
        "2199-12-31T23:59:60-23:59", "2262-04-12T00:00:00Z", "2299-12-31T23:59:60-23:59",
    ])
    func `what is no date is refused`(text: String) {
        let message = coinbase("match", trade: 1).replacing("2021-04-17T16:43:30.244075Z", with: text)
        #expect(throws: MalformedMessage.impossible("time")) { try ticks(.coinbase, "BAND-GBP", message) }
    }

    // MARK: anything

    @Test(arguments: Volatility.Feed.Format.allCases)
    func `no bytes stop a decoder`(format: Volatility.Feed.Format) {
        var random = SystemRandomNumberGenerator()
        let symbol = ["BTCUSDT", "BTC-PERPETUAL", "BAND-GBP"]
        let samples = [
            #"{"time": 1700000000.25, "price": 36000.5, "volume": 0.1, "kind": "trade"}"#, Self.trade, Self.book,
            #"{"stream":"btcusdt@aggTrade","data":\#(Self.trade)}"#, Self.ticker, coinbase("match", trade: 1),
            coinbase("ticker", trade: 2), #"{"jsonrpc":"2.0","id":2,"result":["a\u0041",1e5,{"b":[]}]}"#,
        ].map { Array($0.utf8) }
        let tokens = Array("{}[]\",:\\u0eE+-.19ntf \n\u{0}".utf8)
        var decoders = symbol.map { FeedDecoder(format, symbol: $0) }
        var read = 0
        var refused = 0
        for _ in 0..<30_000 {
            var bytes = samples.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                guard !bytes.isEmpty else { break }
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<6, using: &random) {
                case 0: bytes[place] = .random(in: 0...255, using: &random)
                case 1: bytes[place] = tokens.randomElement(using: &random) ?? 0
                case 2: bytes.removeSubrange(place...)
                case 3: bytes.insert(tokens.randomElement(using: &random) ?? 0, at: place)
                case 4: bytes.removeSubrange(place..<min(place + 5, bytes.count))
                default: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
                }
            }
            var ticks: [Tick] = []
            for index in decoders.indices {
                do {
                    _ = try decoders[index].decode(bytes.span, now: 1, into: &ticks)
                    read += 1
                } catch {
                    refused += 1
                }
            }
            for tick in ticks {
                #expect(tick.price.isFinite && tick.volume.isFinite && tick.time >= 0 && tick.time < 1 << 62)
            }
        }
        #expect(read > 1000)
        #expect(refused > 1000)
    }
}
