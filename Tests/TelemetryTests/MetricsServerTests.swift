import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Telemetry
import Testing

@Suite("Metrics over HTTP", .timeLimit(.minutes(1)))
struct MetricsServerTests {
    private struct Broken: Error {}
    private static let page = [MetricFamily.gauge("up", "Up.", [.init(UInt64(1))])]
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs a server on a port of the kernel's choice while `body` runs.
    private func withServer(
        port: UInt16 = 0, health: MetricsServer.Health = .healthy,
        collect: @escaping @Sendable () async throws -> [MetricFamily] = { page },
        body: @Sendable (UInt16) async throws -> Void
    ) async throws {
        let (ports, port0) = AsyncStream.makeStream(of: UInt16.self)
        let server = MetricsServer(
            host: "127.0.0.1", port: port, logger: Self.quiet, health: { health },
            onListening: { port0.yield($0) }, collect: collect)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { port0.finish() }
                try await server.run()
            }
            if let port = await ports.first(where: { _ in true }) {
                try await body(port)
                group.cancelAll()
            }
            try await group.waitForAll()
        }
    }

    @Test(
        "each path and method has its answer",
        arguments: [
            ("GET", "/metrics", "200 OK", "# HELP up Up.\n# TYPE up gauge\nup 1\n"),
            ("GET", "/metrics?name=up", "200 OK", "# HELP up Up.\n# TYPE up gauge\nup 1\n"),
            ("HEAD", "/metrics", "200 OK", ""),
            ("GET", "/healthz", "200 OK", "ok\n"),
            ("GET", "/", "404 Not Found", "see /metrics and /healthz\n"),
            ("GET", "/metrics/../etc/passwd", "404 Not Found", "see /metrics and /healthz\n"),
            ("POST", "/metrics", "405 Method Not Allowed", "only GET and HEAD\n"),
            ("DELETE", "/", "405 Method Not Allowed", "only GET and HEAD\n"),
        ])
    func answers(method: String, path: String, status: String, body: String) async throws {
        try await withServer { port in
            let answer = try await HTTPProbe.send(method, path, port: port)
            #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n\(body)"))
        }
    }

    @Test("a scrape says which format it is in, and how long it is")
    func headers() async throws {
        try await withServer { port in
            for method in ["GET", "HEAD"] {
                let answer = try await HTTPProbe.send(method, "/metrics", port: port).lowercased()
                #expect(answer.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"))
                #expect(answer.contains("content-length: \(Exposition.render(Self.page).utf8.count)\r\n"))
            }
        }
    }

    @Test("a failing node says why")
    func unhealthy() async throws {
        try await withServer(health: .failing("the policy could not be applied")) { port in
            let answer = try await HTTPProbe.send("GET", "/healthz", port: port)
            #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
            #expect(answer.hasSuffix("\r\n\r\nthe policy could not be applied\n"))
        }
    }

    @Test("counters that cannot be read fail the scrape and not the server")
    func collectFails() async throws {
        try await withServer(collect: { throw Broken() }) { port in
            let answer = try await HTTPProbe.send("GET", "/metrics", port: port)
            #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
            let next = try await HTTPProbe.send("GET", "/healthz", port: port)
            #expect(next.hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test(
        "what is no HTTP request gets no page",
        arguments: ["GET\r\n\r\n", "\u{16}\u{3}\u{1}\r\n", String(repeating: "A", count: 200_000) + "\r\n\r\n"])
    func garbage(request: String) async throws {
        try await withServer { port in
            let answer = try await HTTPProbe.exchange(request, port: port)
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            let next = try await HTTPProbe.send("GET", "/healthz", port: port)
            #expect(next.hasSuffix("\r\n\r\nok\n"))
        }
    }

    @Test("many scrape at once")
    func concurrent() async throws {
        try await withServer { port in
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<100 { group.addTask { try await HTTPProbe.send("GET", "/metrics", port: port) } }
                for try await answer in group { #expect(answer.hasSuffix("\nup 1\n")) }
            }
        }
    }

    @Test("a port in use is named, with what to do")
    func portInUse() async throws {
        try await withServer { port in
            let error = await #expect(throws: ListenError.self) { try await withServer(port: port) { _ in } }
            #expect(error?.reason == .inUse)
            #expect(
                error?.description == "metrics cannot be served on 127.0.0.1:\(port): another process listens there")
            #expect(error?.remedy.contains("sport = :\(port)") == true)
        }
    }

    @Test(
        "an address that is not here is named",
        arguments: [
            ("192.0.2.77", ListenError.Reason.notOfThisHost), (String(repeating: "n", count: 64), .unknownHost),
            ("", .unknownHost),
        ])
    func badAddress(host: String, reason: ListenError.Reason) async throws {
        let server = MetricsServer(
            host: host, port: 0, logger: Self.quiet, onListening: { _ in Issue.record("listens") }
        ) {
            Self.page
        }
        let error = await #expect(throws: ListenError.self) { try await server.run() }
        #expect(error?.reason == reason)
    }

    @Test("the metrics can leave a port and come back to it")
    func restart() async throws {
        let (ports, found) = AsyncStream.makeStream(of: UInt16.self)
        try await withServer { found.yield($0) }
        let port = try #require(await ports.first { _ in true })
        for _ in 0..<3 {
            try await withServer(port: port) {
                let answer = try await HTTPProbe.send("GET", "/healthz", port: $0)
                #expect(answer.hasSuffix("\r\n\r\nok\n"))
            }
        }
    }

    @Test("a server that is cancelled while clients pour in ends in peace")
    func cancelledInTheRush() async throws {
        for _ in 0..<20 {
            try await withServer { port in
                for _ in 0..<30 {
                    _ = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                        .connect(host: "127.0.0.1", port: Int(port)).get()
                }
            }
        }
    }

    @Test("graceful shutdown lets a scrape finish, and does not wait for the connection it came on")
    func shutdown() async throws {
        let (ports, found) = AsyncStream.makeStream(of: UInt16.self)
        let (scrapes, scraping) = AsyncStream.makeStream(of: Void.self)
        let server = MetricsServer(host: "127.0.0.1", port: 0, logger: Self.quiet, onListening: { found.yield($0) }) {
            scraping.finish()
            try await gracefulShutdown()
            return Self.page
        }
        let group = ServiceGroup(services: [server], logger: Self.quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let port = try #require(await ports.first { _ in true })
            tasks.addTask {
                let answer = try await HTTPProbe.exchange("GET /metrics HTTP/1.1\r\nHost: ny\r\n\r\n", port: port)
                #expect(answer.hasSuffix("\nup 1\n"))
            }
            for await _ in scrapes {}
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
