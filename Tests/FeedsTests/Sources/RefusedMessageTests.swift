import Logging
import NIOConcurrencyHelpers
import Policy
import Testing

@testable import Feeds

@Suite struct RefusedMessageTests {
    /// Keeps what is logged.
    private struct Keeper: LogHandler {
        let kept: NIOLockedValueBox<[String]>
        var metadata = Logger.Metadata()
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            kept.withLockedValue { $0.append(event.metadata.map { "\($0["message"] ?? "")" } ?? "") }
        }
    }

    @Test(arguments: [
        (#"{"price": "much"}"#, #"{"price": "much"}"#), ("\u{1B}[2Jé", "?[2J??"),
        (String(repeating: "x", count: 61), String(repeating: "x", count: 60) + "…"),
    ])
    func `the first message that is refused is shown as it begins, and no other`(
        line: String, shown: String
    ) throws {
        let kept = NIOLockedValueBox<[String]>([])
        let reader = FeedReader(
            .sample(.standardInput), logger: Logger(label: "test") { _ in Keeper(kept: kept) },
            counters: FeedCounters(), now: { 42 }, deliver: { _ in })
        for line in [line, "another"] { reader.read(Array(line.utf8).span) }
        #expect(kept.withLockedValue { $0 } == [shown])
    }
}
