import Logging
import Market
import NIOCore
import Policy

/// One feed's bytes to events. It belongs to one event loop, and delivers there, before it returns.
final class FeedReader {
    private let feed: Volatility.Feed
    private let logger: Logger
    private let counters: FeedCounters
    private let now: @Sendable () -> Int64
    private let deliver: @Sendable (FeedEvent) -> Void

    private var decoder: FeedDecoder
    private var ticks: [Tick] = []
    private var counted = FeedCounters.Values()
    /// When what is being read was read: one time for all that came at once.
    private var time: Int64?
    /// nil before the first attempt.
    private var isConnected: Bool?
    /// Of this connection, a message has been refused.
    private var hasRefused = false

    private static let batchLimit = 4096

    /// - Parameter now: Since 1970, ns.
    init(
        _ feed: Volatility.Feed, logger: Logger, counters: FeedCounters, now: @escaping @Sendable () -> Int64,
        deliver: @escaping @Sendable (FeedEvent) -> Void
    ) {
        self.feed = feed
        self.logger = logger
        self.counters = counters
        self.now = now
        self.deliver = deliver
        decoder = FeedDecoder(feed.format, symbol: feed.symbol)
    }

    func connected() {
        decoder = FeedDecoder(feed.format, symbol: feed.symbol)
        hasRefused = false
        guard isConnected != true else { return }
        isConnected = true
        counters.note(isConnected: true)
        logger.info("feed connected")
        deliver(.connected)
    }

    func lost(_ reason: String) {
        flush()
        guard isConnected != false else {
            logger.debug("feed still lost", metadata: ["reason": "\(reason)"])
            return
        }
        isConnected = false
        counters.note(isConnected: false)
        logger.warning("feed lost", metadata: ["reason": "\(reason)"])
        deliver(.lost(reason))
    }

    /// What its source says besides.
    func warn(_ text: String) { logger.warning("\(text)") }

    func reconnecting() { counters.add(.init(reconnects: 1)) }

    /// - Returns: nil if the message is refused.
    @discardableResult
    func read(_ message: Span<UInt8>) -> FeedDecoder.Message? {
        counted.messages += 1
        do throws(MalformedMessage) {
            let moment = time ?? now()
            time = moment
            let kind = try decoder.decode(message, now: moment, into: &ticks)
            if ticks.count >= Self.batchLimit { flush() }
            return kind
        } catch {
            counted.refused += 1
            if !hasRefused { complain("\(error)", ["message": "\(Self.excerpt(message))"]) }
            return nil
        }
    }

    /// A line that nobody has kept.
    func skippedLine() {
        counted.messages += 1
        counted.refused += 1
        if !hasRefused { complain("longer than \(LineSplitter.limit) bytes") }
    }

    /// The end of what came at once.
    func flush() {
        time = nil
        counted.ticks = ticks.count
        counters.add(counted)
        counted = .init()
        guard !ticks.isEmpty else { return }
        deliver(.ticks(ticks))
        ticks.removeAll(keepingCapacity: true)
    }

    private func complain(_ reason: String, _ more: Logger.Metadata = [:]) {
        hasRefused = true
        logger.warning(
            "feed sends what cannot be read; the rest of it is only counted",
            metadata: more.merging(["reason": "\(reason)"]) { $1 })
    }

    private static let excerptLength = 60

    /// How a message begins: whoever it is from, it does nothing to a terminal.
    private static func excerpt(_ message: Span<UInt8>) -> String {
        var text = ""
        for place in 0..<min(message.count, excerptLength) {
            let isPrintable = (0x20...0x7E).contains(message[place])
            text.unicodeScalars.append(isPrintable ? Unicode.Scalar(message[place]) : "?")
        }
        return text + (message.count > excerptLength ? "…" : "")
    }
}
