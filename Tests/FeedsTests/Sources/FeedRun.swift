import Foundation
import Logging
import Market
import NIOConcurrencyHelpers
import NIOPosix
import Policy
import Testing

@testable import Feeds

/// A feed that runs for the length of a test, and what it has told.
struct FeedRun: Sendable {
    let service: FeedService
    private let told = NIOLockedValueBox<[FeedEvent]>([])

    /// As quick as a test wants it.
    static var environment: FeedEnvironment {
        var environment = FeedEnvironment()
        environment.now = { 42 }
        environment.backoff = Backoff(first: .milliseconds(10), longest: .milliseconds(50), healthy: .seconds(60))
        environment.poll = .milliseconds(10)
        environment.timing.goodbye = .milliseconds(200)
        return environment
    }

    init(_ feed: Volatility.Feed, _ environment: FeedEnvironment = environment) {
        service = FeedService(
            feed, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            eventLoopGroup: .singletonMultiThreadedEventLoopGroup, environment: environment
        ) { [told] event in told.withLockedValue { $0.append(event) } }
    }

    var events: [FeedEvent] { told.withLockedValue { $0 } }

    var ticks: [Tick] {
        events.flatMap { event -> [Tick] in if case .ticks(let ticks) = event { ticks } else { [] } }
    }

    /// Connections and losses, in order.
    var states: [String] {
        events.compactMap { event in
            switch event {
            case .ticks: nil
            case .connected: "connected"
            case .lost(let reason): reason
            }
        }
    }

    /// Runs it while `body` does.
    func during(_ body: () async throws -> Void) async throws {
        let running = Task { try await service.run() }
        defer { running.cancel() }
        try await body()
        running.cancel()
        _ = try? await running.value
    }

    /// Until it is so; a test that waits for longer has failed.
    func wait(
        _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, until condition: (FeedRun) -> Bool
    ) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(30)
        while !condition(self) {
            guard clock.now < deadline else {
                Issue.record(
                    "\(what): \(states), \(ticks.count) ticks, \(service.counters.values)",
                    sourceLocation: sourceLocation)
                throw CancellationError()
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

extension Volatility.Feed {
    static func sample(
        _ source: Source, _ format: Format = .ndjson, symbol: String? = nil, period: Duration = .seconds(5)
    ) -> Volatility.Feed {
        Volatility.Feed(name: "sample", format: format, source: source, symbol: symbol, period: period)
    }
}

/// A folder that goes when the test does.
func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = "/tmp/feeds-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
}
