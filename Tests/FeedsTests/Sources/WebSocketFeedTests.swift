import Foundation
import Market
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL
import NIOWebSocket
import Policy
import Testing

@testable import Feeds

@Suite struct WebSocketFeedTests {
    private func feed(
        _ port: Int, _ format: Volatility.Feed.Format = .ndjson, symbol: String? = nil, scheme: String = "ws",
        host: String = "127.0.0.1"
    ) -> Volatility.Feed {
        .sample(.webSocket(url: "\(scheme)://\(host):\(port)/feed"), format, symbol: symbol)
    }

    private func price(_ number: Int) -> String { "{\"price\": \(number)}" }

    private func server(
        tls: NIOSSLContext? = nil, _ script: @escaping WebSocketServer.Script,
        _ body: (WebSocketServer) async throws -> Void
    ) async throws {
        let server = try await WebSocketServer.start(tls: tls, script)
        do {
            try await body(server)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    // MARK: recordings

    /// Thirds of a recording on a connection each, with what goes wrong in between.
    private func serve(
        _ messages: [String], _ format: Volatility.Feed.Format, _ symbol: String,
        plain: (ArraySlice<String>, String) throws -> [Tick]
    ) async throws {
        let cuts = [0, messages.count / 3, messages.count * 2 / 3, messages.count]
        let thirds = (0..<3).map { messages[cuts[$0]..<cuts[$0 + 1]] }
        let expected = try thirds.flatMap { try plain($0, symbol) }
        #expect(expected.count > 5)

        var environment = FeedRun.environment
        environment.timing.shortestSilence = .seconds(1)
        try await server { number, connection in
            switch number {
            case 0:
                _ = await connection.next(.text)
                try await connection.texts(thirds[0])
                // Half a frame, and the end.
                try await connection.raw([0x81, 126, 1, 0] + Array("{\"e\":\"aggTrade\",".utf8))
            case 1:
                try await connection.frames(
                    thirds[1].enumerated().flatMap { place, message in
                        let garbage: [(WebSocketOpcode, String, Bool)] = [
                            (.text, "garbage", true), (.binary, "\u{0}\u{1}\u{2}", true),
                            (.text, String(message.dropLast(3)), true),
                        ]
                        return (place % 50 == 7 ? garbage : []) + [(.text, message, true)]
                    })
                // Bytes that are no frame.
                try await connection.raw(Array("HTTP/1.1 500 Oh no\r\n\r\n".utf8))
                await connection.listen()
            case 2:
                // Silence.
                await connection.listen()
            case 3:
                // In pieces.
                try await connection.frames(
                    thirds[2].flatMap { message -> [(WebSocketOpcode, String, Bool)] in
                        let half = message.index(message.startIndex, offsetBy: message.count / 2)
                        return [
                            (.text, String(message[..<half]), false), (.ping, "still there?", true),
                            (.continuation, String(message[half...]), true),
                        ]
                    })
                await connection.listen()
            default: await connection.listen()
            }
        } _: { server in
            let feed = Volatility.Feed.sample(
                .webSocket(url: "ws://127.0.0.1:\(server.port)/"), format, symbol: symbol, period: .milliseconds(1))
            let run = FeedRun(feed, environment)
            try await run.during {
                let garbage = thirds[1].indices.filter { ($0 - thirds[1].startIndex) % 50 == 7 }.count * 3
                try await run.wait("every message") {
                    $0.service.counters.values.messages >= messages.count + garbage && $0.ticks.count >= expected.count
                }
                #expect(run.ticks == expected)
                #expect(
                    run.states.prefix(7) == [
                        "connected", "the connection was cut", "connected", "the server breaks the WebSocket protocol",
                        "connected", "no news for 1.0 seconds", "connected",
                    ])
                let counted = run.service.counters.values
                #expect(counted.refused == garbage)
                #expect(counted.messages == messages.count + garbage)
                #expect(counted.ticks == expected.count)
                #expect(counted.reconnects >= 3)
            }
        }
    }

    @Test(.enabled(if: Recordings.areExpected, Comment(rawValue: Recordings.comment)))
    func `Binance's recording arrives whole over connections that fail`() async throws {
        try await serve(try Recordings.messages(Recordings.binance), .binanceFutures, "SUSHIUSDT") {
            try PlainReading.binance($0, $1)
        }
    }

    @Test(.enabled(if: Recordings.areExpected, Comment(rawValue: Recordings.comment)))
    func `Coinbase's recording arrives whole over connections that fail`() async throws {
        try await serve(try Recordings.messages(Recordings.coinbase), .coinbase, "SKL-USD") {
            try PlainReading.coinbase($0, $1)
        }
    }

    @Test(.enabled(if: Recordings.areExpected, Comment(rawValue: Recordings.comment)))
    func `Deribit's recording arrives whole over connections that fail`() async throws {
        try await serve(try Recordings.messages(Recordings.deribit), .deribit, "BTC-24SEP21-8000-P") {
            try PlainReading.deribit($0, $1)
        }
    }

    // MARK: TLS

    /// A certificate for "localhost", and for no address.
    private func certificate(_ folder: String) throws -> (server: NIOSSLContext, roots: TLSConfiguration) {
        try Recordings.run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            folder + "/key.pem", "-out", folder + "/cert.pem", "-days", "2", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost")
        let chain = try NIOSSLCertificate.fromPEMFile(folder + "/cert.pem")
        let key = try NIOSSLPrivateKey(file: folder + "/key.pem", format: .pem)
        var roots = TLSConfiguration.makeClientConfiguration()
        roots.trustRoots = .certificates(chain)
        return (
            try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))), roots
        )
    }

    @Test func `a server whose certificate is trusted is read over TLS, and no other`() async throws {
        try await withFolder { folder in
            let (tls, roots) = try certificate(folder)
            try await server(tls: tls) { _, connection in
                try await connection.text(price(1))
                await connection.listen()
            } _: { server in
                var environment = FeedRun.environment
                environment.tls = roots
                let trusted = FeedRun(feed(server.port, scheme: "wss", host: "localhost"), environment)
                try await trusted.during {
                    try await trusted.wait("a price over TLS") { $0.ticks.map(\.price) == [1] }
                }
                let misnamed = FeedRun(feed(server.port, scheme: "wss"), environment)
                try await misnamed.during {
                    try await misnamed.wait("refused") { $0.service.counters.values.reconnects > 1 }
                    #expect(misnamed.ticks.isEmpty && misnamed.states.count == 1)
                }
                let untrusted = FeedRun(feed(server.port, scheme: "wss", host: "localhost"))
                try await untrusted.during {
                    try await untrusted.wait("refused") { $0.service.counters.values.reconnects > 1 }
                    #expect(untrusted.ticks.isEmpty && untrusted.states.count == 1)
                }
            }
        }
    }

    // MARK: the exchange's side of it

    @Test(arguments: [
        (Volatility.Feed.Format.binanceFutures, "BTCUSDT", ["btcusdt@aggTrade"]),
        (.deribit, "btc-perpetual", ["public/set_heartbeat", "ticker.BTC-PERPETUAL.100ms"]),
        (.coinbase, "btc-usd", ["BTC-USD"]),
    ])
    func `an exchange is told what is wanted`(
        format: Volatility.Feed.Format, symbol: String, requests: [String]
    ) async throws {
        let heard = NIOLockedValueBox<[String]>([])
        try await server { _, connection in
            for await frame in connection.received { heard.withLockedValue { $0.append(frame.text) } }
        } _: { server in
            let run = FeedRun(feed(server.port, format, symbol: symbol))
            try await run.during {
                try await run.wait("requests") { _ in heard.withLockedValue { $0.count >= requests.count } }
                for (request, part) in zip(heard.withLockedValue { $0 }, requests) {
                    #expect(request.contains(part))
                    #expect(try JSONSerialization.jsonObject(with: Data(request.utf8)) is [String: Any])
                }
            }
        }
    }

    @Test func `Deribit's question is answered`() async throws {
        try await server { _, connection in
            try await connection.text(#"{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}"#)
            for await frame in connection.received where frame.text.contains("public/test") {
                // Said where the test can see it.
                try await connection.text(
                    #"{"jsonrpc":"2.0","method":"subscription","params":{"channel":"ticker.X.100ms","data":{"timestamp":1,"mark_price":5}}}"#
                )
            }
        } _: { server in
            let run = FeedRun(feed(server.port, .deribit, symbol: "X"))
            try await run.during { try await run.wait("the answer") { $0.ticks.map(\.price) == [5] } }
        }
    }

    @Test func `an exchange that refuses is left, and asked again`() async throws {
        try await server { number, connection in
            if number == 0 { try await connection.text(#"{"type":"error","message":"no"}"#) }
            await connection.listen()
        } _: { server in
            let run = FeedRun(feed(server.port, .coinbase, symbol: "X"))
            try await run.during {
                try await run.wait("another attempt") { $0.states.count == 3 }
                #expect(run.states == ["connected", "the exchange refuses what it is asked for", "connected"])
            }
        }
    }

    @Test func `a message that comes in one piece with the server's consent is read`() async throws {
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(HastyServer(Array(price(1).utf8)))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let run = FeedRun(feed(listener.localAddress?.port ?? 0))
        try await run.during {
            try await run.wait("the message") { $0.ticks.map(\.price) == [1] }
            #expect(run.states == ["connected"])
        }
        try await listener.close()
    }

    // MARK: pings, silence, endings

    @Test func `a ping is answered with what it says`() async throws {
        try await server { _, connection in
            try await connection.frame(.ping, "7")
            let answer = await connection.next(.pong)
            try await connection.text("{\"price\": \(answer ?? "0")}")
            await connection.listen()
        } _: { server in
            let run = FeedRun(feed(server.port))
            try await run.during { try await run.wait("the answer") { $0.ticks.map(\.price) == [7] } }
        }
    }

    @Test func `a server that answers no ping is left, one that does is kept`() async throws {
        var environment = FeedRun.environment
        environment.timing.ping = .milliseconds(150)
        try await server { number, connection in
            for await frame in connection.received where frame.opcode == .ping && number > 0 {
                try await connection.frame(.pong, frame.text)
                try await connection.text(price(number))
            }
        } _: { server in
            let run = FeedRun(feed(server.port), environment)
            try await run.during {
                try await run.wait("five pings") { $0.ticks.count == 5 }
                #expect(run.ticks.allSatisfy { $0.price == 1 })
                #expect(run.states == ["connected", "no answer to a ping for 0.15 seconds", "connected"])
            }
        }
    }

    @Test func `goodbyes are said from both sides`() async throws {
        let goodbye = NIOLockedValueBox<[String?]>([])
        try await server { number, connection in
            if number == 0 { try await connection.frame(.connectionClose, "\u{3}\u{e8}") }
            let answer = await connection.next(.connectionClose)
            goodbye.withLockedValue { $0.append(answer) }
        } _: { server in
            let run = FeedRun(feed(server.port))
            try await run.during {
                try await run.wait("another connection") { $0.states.count == 3 }
                #expect(run.states[1].hasPrefix("the server closed the connection"))
            }
            try await run.wait("both") { _ in goodbye.withLockedValue { $0.count == 2 } }
            #expect(goodbye.withLockedValue { $0.allSatisfy { $0 != nil } })
        }
    }

    @Test(
        arguments: [
            ("a reserved bit", [0xc1, 0x02, 0x7b, 0x7d]), ("a mask", [0x81, 0x82, 1, 2, 3, 4, 0x7a, 0x7f]),
            ("a continuation of nothing", [0x80, 0x02, 0x7b, 0x7d]),
            ("a message in a message", [0x01, 0x01, 0x7b, 0x81, 0x02, 0x7b, 0x7d]),
            ("a control frame in pieces", [0x09, 0x01, 0x41]), ("an unknown opcode", [0x83, 0x00]),
            ("a huge frame", [0x81, 127, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff]),
            ("a frame of more than 2^63 bytes", [0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ] as [(String, [UInt8])])
    func `a server that breaks the protocol is left`(what: String, bytes: [UInt8]) async throws {
        try await server { number, connection in
            if number == 0 { try await connection.raw(bytes) } else { try await connection.text(price(1)) }
            await connection.listen()
        } _: { server in
            let run = FeedRun(feed(server.port))
            try await run.during {
                try await run.wait("another connection") { $0.ticks.count == 1 }
                #expect(run.states.count == 3 && run.states[1] != "the connection was cut")
            }
        }
    }

    @Test func `a message has a greatest length, in pieces too`() async throws {
        try await server { number, connection in
            let piece = String(repeating: " ", count: 400_000)
            if number == 0 {
                for place in 0..<5 { try await connection.frame(place == 0 ? .text : .continuation, piece, fin: false) }
            } else {
                try await connection.frame(.text, piece, fin: false)
                try await connection.frame(.continuation, piece, fin: false)
                try await connection.frame(.continuation, price(1))
            }
            await connection.listen()
        } _: { server in
            let run = FeedRun(feed(server.port))
            try await run.during {
                try await run.wait("a message that is not too long") { $0.ticks.count == 1 }
                #expect(run.states == ["connected", "a message is longer than 1048576 bytes", "connected"])
            }
        }
    }

    @Test func `what is no WebSocket server is given up in time`() async throws {
        var environment = FeedRun.environment
        environment.timing.connect = .milliseconds(300)
        let answers: [(answer: String, reason: String)] = [
            ("", "no WebSocket within 0.3 seconds"),
            ("HTTP/1.1 451 Not Here\r\nContent-Length: 0\r\n\r\n", "the server answers with HTTP status 451"),
            (
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
                ""
            ),
            ("SSH-2.0-OpenSSH\r\n", ""),
        ]
        for (answer, reason) in answers {
            let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .childChannelInitializer { channel in
                    if !answer.isEmpty { channel.writeAndFlush(ByteBuffer(string: answer), promise: nil) }
                    return channel.eventLoop.makeSucceededVoidFuture()
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let run = FeedRun(feed(listener.localAddress?.port ?? 0), environment)
            try await run.during {
                try await run.wait("given up") { $0.service.counters.values.reconnects > 1 }
                #expect(run.states.count == 1)
                if !reason.isEmpty { #expect(run.states == [reason]) }
            }
            try await listener.close()
        }
    }

    /// Each would take longer than the test, were it waited for.
    @Test(.timeLimit(.minutes(1)))
    func `stopping waits for no name, no consent and no goodbye`() async throws {
        var environment = FeedRun.environment
        environment.timing.connect = .seconds(3600)
        environment.resolver = SilentResolver()
        let unknown = FeedRun(.sample(.webSocket(url: "ws://localhost/")), environment)
        try await unknown.during { try await Task.sleep(for: .milliseconds(50)) }
        #expect(unknown.states.isEmpty)
        environment.resolver = nil

        let isReached = NIOLockedValueBox(false)
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                isReached.withLockedValue { $0 = true }
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let silent = FeedRun(feed(listener.localAddress?.port ?? 0), environment)
        try await silent.during { try await silent.wait("reached") { _ in isReached.withLockedValue { $0 } } }
        try await listener.close()

        try await server { _, connection in
            try await connection.text(price(1))
            await connection.listen()
        } _: { server in
            let rude = FeedRun(feed(server.port), environment)
            try await rude.during { try await rude.wait("a price") { $0.ticks.count == 1 } }
            #expect(rude.states == ["connected"])
        }
    }

    @Test func `a server that is not there is tried until it is`() async throws {
        let port: Int
        do {
            let free = try await WebSocketServer.start { _, _ in }
            port = free.port
            await free.stop()
        }
        let run = FeedRun(feed(port))
        try await run.during {
            try await run.wait("attempts") { $0.service.counters.values.reconnects > 3 }
            #expect(run.states.count == 1)
        }
        let nonsense = FeedRun(.sample(.webSocket(url: "http://x")))
        try await nonsense.during { try await nonsense.wait("said") { $0.states == ["http://x is no WebSocket URL"] } }
    }
}
