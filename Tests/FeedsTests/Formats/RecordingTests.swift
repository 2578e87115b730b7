import Market
import Policy
import Testing

@testable import Feeds

/// Whole recordings against another reading of them.
@Suite(.enabled(if: Recordings.areExpected, Comment(rawValue: Recordings.comment)))
struct RecordingTests {
    private func ticks(_ format: Volatility.Feed.Format, _ symbol: String, _ messages: [String]) throws -> [Tick] {
        var decoder = FeedDecoder(format, symbol: symbol)
        var ticks: [Tick] = []
        for message in messages { _ = try decoder.decode(Array(message.utf8).span, now: 0, into: &ticks) }
        return ticks
    }

    @Test(arguments: ["SUSHIUSDT", "AKROUSDT", "KEEPUSDT", "CTKUSDT"])
    func `every Binance message is read as Foundation reads it`(symbol: String) throws {
        let messages = try Recordings.messages(Recordings.binance)
        let expected = try PlainReading.binance(messages, symbol)
        #expect(!expected.isEmpty)
        #expect(try ticks(.binanceFutures, symbol, messages) == expected)
    }

    @Test(arguments: ["BTC-24SEP21-8000-P", "ETH-30JUL21-2800-C", "BTC-31DEC21-34000-P"])
    func `every Deribit message is read as Foundation reads it`(symbol: String) throws {
        let messages = try Recordings.messages(Recordings.deribit)
        let expected = try PlainReading.deribit(messages, symbol)
        #expect(!expected.isEmpty)
        #expect(try ticks(.deribit, symbol, messages) == expected)
    }

    @Test(arguments: ["BAND-GBP", "SKL-GBP", "SKL-USD", "SKL-BTC", "YFI-BTC", "DASH-BTC"])
    func `every Coinbase message is read as Foundation reads it`(symbol: String) throws {
        let messages = try Recordings.messages(Recordings.coinbase)
        let expected = try PlainReading.coinbase(messages, symbol)
        #expect(!expected.isEmpty)
        #expect(try ticks(.coinbase, symbol, messages) == expected)
    }
}
