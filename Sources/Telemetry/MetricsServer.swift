import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// Serves `/metrics` to Prometheus and `/healthz` to whoever watches the process, over HTTP.
///
/// It runs until graceful shutdown or until its task is cancelled; then the address is free again, so that a reload
/// can move the metrics elsewhere by starting another server and stopping this one.
package struct MetricsServer: Service {
    package enum Health: Sendable, Equatable {
        case healthy
        /// The reason is shown to the caller.
        case failing(String)
    }

    private let host: String
    private let port: UInt16
    private let logger: Logger
    private let health: @Sendable () async -> Health
    private let onListening: @Sendable (UInt16) async -> Void
    private let collect: @Sendable () async throws -> [MetricFamily]

    /// - Parameters:
    ///   - host: A name or address of this host; the policy's default is loopback.
    ///   - port: 0 lets the kernel choose.
    ///   - health: What `/healthz` says.
    ///   - onListening: Called once, with the port, when scrapes are answered.
    ///   - collect: Called for every scrape, also concurrently.
    package init(
        host: String, port: UInt16, logger: Logger,
        health: @escaping @Sendable () async -> Health = { .healthy },
        onListening: @escaping @Sendable (UInt16) async -> Void = { _ in },
        collect: @escaping @Sendable () async throws -> [MetricFamily]
    ) {
        self.host = host
        self.port = port
        self.logger = logger
        self.health = health
        self.onListening = onListening
        self.collect = collect
    }

    /// - Throws: `ListenError` if the address cannot be had.
    package func run() async throws {
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in await respond(to: request) },
            server: .http1(configuration: .init(idleTimeout: .seconds(30))),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: Int(port)), serverName: nil,
                // A few scrapers and a curious person; the rest waits in the kernel instead of using up descriptors.
                availableConnectionsDelegate: .maximum(64, logger: logger)),
            onServerRunning: { channel in await onListening(UInt16(channel.localAddress?.port ?? 0)) },
            logger: logger)
        var configuration = ServiceGroupConfiguration(services: [application], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(5)
        let group = ServiceGroup(configuration: configuration)
        // A server that is cancelled drops the clients it has accepted and not begun to serve, and NIO stops a process
        // that drops one unfinished. So the task is shielded, and cancelling it is a graceful shutdown too.
        let serving = Task { try await group.run() }
        do {
            try await withTaskCancellationHandler {
                try await serving.value
            } onCancel: {
                Task { await group.triggerGracefulShutdown() }
            }
        } catch let error as IOError {
            throw ListenError(host: host, port: port, reason: .init(error))
        } catch is SocketAddressError.UnknownHost {
            throw ListenError(host: host, port: port, reason: .unknownHost)
        }
    }

    private func respond(to request: Request) async -> Response {
        let isHead = request.method == .head
        guard isHead || request.method == .get else {
            return text("only GET and HEAD\n", status: .methodNotAllowed, headers: [.allow: "GET, HEAD"])
        }
        let response =
            switch request.uri.path {
            case "/metrics": await metrics()
            case "/healthz": await healthz()
            default: text("see /metrics and /healthz\n", status: .notFound)
            }
        return isHead ? response.createHeadResponse() : response
    }

    private func metrics() async -> Response {
        do {
            let page = Exposition.render(try await collect())
            return text(page, headers: [.contentType: Exposition.contentType])
        } catch {
            logger.error("metrics could not be collected", metadata: ["error": "\(error)"])
            return text("metrics could not be collected; the log says why\n", status: .serviceUnavailable)
        }
    }

    private func healthz() async -> Response {
        switch await health() {
        case .healthy: text("ok\n")
        case .failing(let reason): text("\(reason)\n", status: .serviceUnavailable)
        }
    }

    private func text(
        _ body: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = "text/plain; charset=utf-8" }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: body)))
    }
}
