import NIOCore
import Policy
import Testing

@testable import Feeds

@Suite struct BackoffTests {
    @Test func `waits double up to the longest, and vary between the shortest and that`() {
        var short = Backoff()
        var long = Backoff()
        var shorts: [Duration] = []
        var longs: [Duration] = []
        for _ in 0..<100 {
            shorts.append(short.delay(after: .zero, random: 0))
            longs.append(long.delay(after: .seconds(59), random: 1))
        }
        #expect(shorts.allSatisfy { $0 == .milliseconds(250) })
        #expect(
            longs.prefix(8) == [
                .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(16), .seconds(30),
                .seconds(30),
            ])
        #expect(longs.last == .seconds(30))
    }

    @Test func `a healthy minute starts it afresh`() {
        var backoff = Backoff()
        for _ in 0..<10 { _ = backoff.delay(after: .zero, random: 1) }
        #expect(backoff.delay(after: .seconds(60), random: 1) == .milliseconds(500))
        #expect(backoff.delay(after: .zero, random: 1) == .seconds(1))
    }
}

@Suite struct WebSocketURLTests {
    @Test func `an address has a host, a port and a path`() throws {
        let plain = try #require(WebSocketURL("ws://localhost"))
        #expect(!plain.isSecure && plain.host == "localhost" && plain.port == 80 && plain.path == "/")
        let full = try #require(WebSocketURL("WSS://fstream.binance.com:9443/stream?streams=a@b/c@d"))
        #expect(full.isSecure && full.port == 9443 && full.path == "/stream?streams=a@b/c@d")
        #expect(full.authority == "fstream.binance.com:9443")
        let six = try #require(WebSocketURL("wss://[::1]?x"))
        #expect(six.host == "::1" && six.port == 443 && six.path == "/?x" && six.authority == "[::1]")
    }

    @Test(arguments: [
        "", "localhost", "http://a", "ws://", "ws://:80", "ws://a:0", "ws://a:65536", "ws://a:b", "ws://u@a",
        "ws://a/#b",
        "ws://[::1", "ws://[::1]80", "ws://a b/", "ws://a/\r\nX: y",
    ])
    func `anything else is refused`(text: String) { #expect(WebSocketURL(text) == nil) }

    @Test func `every exchange has one`() {
        for format in Volatility.Feed.Format.allCases {
            #expect((format.defaultURL == nil) == (format == .ndjson))
            if let url = format.defaultURL { #expect(WebSocketURL(url)?.isSecure == true) }
        }
    }
}

@Suite struct LineSplitterTests {
    @Test func `lines are the same however they arrive`() {
        var random = SystemRandomNumberGenerator()
        let text =
            "one\n\n two \r\n\n\(String(repeating: "x", count: LineSplitter.limit))\n"
            + "\(String(repeating: "y", count: LineSplitter.limit + 1))\nthree\nfour"
        let expected = ["one", " two \r", String(repeating: "x", count: LineSplitter.limit), "three", "four"]
        for round in 0..<50 {
            var splitter = LineSplitter()
            var rest = ByteBuffer(string: text)
            var lines: [String] = []
            var skipped = 0
            func add(_ bytes: Span<UInt8>) {
                var line: [UInt8] = []
                for place in 0..<bytes.count { line.append(bytes[place]) }
                lines.append(String(decoding: line, as: UTF8.self))
            }
            while rest.readableBytes > 0 {
                let length =
                    round == 0 ? rest.readableBytes : Int.random(in: 1...(1 << (round % 16 + 1)), using: &random)
                guard let piece = rest.readSlice(length: min(length, rest.readableBytes)) else { break }
                splitter.split(piece) {
                    add($0)
                } skipped: {
                    skipped += 1
                }
            }
            splitter.finish {
                add($0)
            } skipped: {
                skipped += 1
            }
            #expect(lines == expected)
            #expect(skipped == 1)
        }
    }
}
