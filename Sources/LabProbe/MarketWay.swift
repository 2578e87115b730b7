import ArgumentParser
import Feeds
import Foundation
import Market
import Policy

/// What becomes of a feed's messages, and how fast: decoded, taken by a market's estimators, and looked at when that is
/// due. The clock is the feed's: a message comes each `1 / rate` seconds, whatever a recording says.
struct MarketWay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "market",
        abstract: "Take a feed's messages into a market's regime: messages a second on one core, and memory.",
        discussion: "Without a recording they are Binance's trades of a price that walks at random, made from a seed.")

    @Option(help: "Lines of a recording, again and again; what comes before a line's first brace is left out.")
    var recording: String?

    @Option(help: "As a policy's feeds have it.", transform: Self.format)
    var format = Volatility.Feed.Format.binanceFutures

    @Option(help: "As the exchange writes it.")
    var symbol = TradeMessages.symbol

    @Flag(help: "Only those of the recording that are about the symbol.")
    var onlyNews = false

    @Flag(help: "Only what made messages say, without messages to decode.")
    var undecoded = false

    @Option(help: "How many.")
    var messages = 5_000_000

    @Option(help: "A second of the feed's time, also of a recording's messages.")
    var rate = 10_000

    @Option(help: "Of the made ones.")
    var seed: UInt64 = 1

    func validate() throws {
        guard messages > 0 else { throw ValidationError("--messages: at least 1") }
        guard (1...1_000_000).contains(rate) else { throw ValidationError("--rate: 1 to 1000000") }
        guard recording == nil || !undecoded else { throw ValidationError("--undecoded: not with --recording") }
        guard recording != nil || (format == .binanceFutures && symbol == TradeMessages.symbol && !onlyNews) else {
            throw ValidationError("--format, --symbol and --only-news are a recording's")
        }
    }

    func run() throws {
        var taker = Taker(format, symbol: symbol, rate: rate)
        var busy: UInt64 = 0
        var bytes = 0
        var memory: Int?
        func take(_ block: [[UInt8]]) {
            let start = now(CLOCK_MONOTONIC)
            for message in block { taker.take(message) }
            busy += now(CLOCK_MONOTONIC) - start
            bytes += block.reduce(0) { $0 + $1.count }
        }
        if let recording {
            let lines = try read(recording)
            while taker.report.messages < messages {
                take(Array(lines.prefix(messages - taker.report.messages)))
                memory = memory ?? residentKiB()
            }
        } else if undecoded {
            var made = TradeMessages(rate: rate, seed: seed)
            let start = now(CLOCK_MONOTONIC)
            for number in 1...messages {
                taker.take(Tick(time: 0, price: Double(made.next().price) / 100, volume: 0.015, kind: .trade))
                if number == rate * 60 { memory = residentKiB() }
            }
            busy = now(CLOCK_MONOTONIC) - start
        } else {
            var made = TradeMessages(rate: rate, seed: seed)
            while taker.report.messages < messages {
                made.advance()
                take(Array(made.block.prefix(messages - taker.report.messages)))
                // What is there from the beginning does not grow.
                if taker.report.messages >= rate * 60 { memory = memory ?? residentKiB() }
            }
        }
        var report = taker.report
        report.bytesEach = bytes / messages
        report.perSecond = Int(Double(messages) * 1e9 / Double(max(busy, 1)))
        report.residentKib = residentKiB()
        report.grownKib = report.residentKib - (memory ?? report.residentKib)
        print(try encodeJSON(report))
    }

    private func read(_ file: String) throws -> [[UInt8]] {
        var decoder = FeedDecoder(format, symbol: symbol)
        var ticks: [Tick] = []
        let lines = try Data(contentsOf: URL(fileURLWithPath: file)).split(separator: UInt8(ascii: "\n"))
            .compactMap { line in line.firstIndex(of: UInt8(ascii: "{")).map { [UInt8](line[$0...]) } }
            .filter { !onlyNews || (try? decoder.decode($0.span, now: 0, into: &ticks)) == .news }
        guard !lines.isEmpty else { throw ValidationError("\(file) has no messages") }
        return lines
    }

    private static func format(_ text: String) throws -> Volatility.Feed.Format {
        guard let format = Volatility.Feed.Format(rawValue: text) else {
            let known = Volatility.Feed.Format.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("one of \(known)")
        }
        return format
    }
}

/// A feed, and the market it is the only one of.
private struct Taker {
    private(set) var report = MarketReport()
    private var decoder: FeedDecoder
    private var watch: MarketWatch
    private var ticks: [Tick] = []
    private let rate: Int
    /// The feed's, ns since 1970.
    private var clock: Int64 { 1_700_000_000_000_000_000 + Int64(report.messages) * 1_000_000_000 / Int64(rate) }

    init(_ format: Volatility.Feed.Format, symbol: String, rate: Int) {
        self.rate = rate
        decoder = FeedDecoder(format, symbol: symbol)
        watch = MarketWatch(
            Volatility(
                feeds: [
                    .init(
                        name: "feed", format: format, source: .standardInput, symbol: symbol,
                        period: Volatility.Feed.defaultPeriod)
                ],
                markets: [.init(name: "market", feeds: ["feed"])]))
    }

    mutating func take(_ message: [UInt8]) {
        report.messages += 1
        do {
            _ = try decoder.decode(message.span, now: clock, into: &ticks)
        } catch {
            report.refused += 1
        }
        for tick in ticks { add(tick) }
        ticks.removeAll(keepingCapacity: true)
        look()
    }

    mutating func take(_ tick: Tick) {
        report.messages += 1
        add(tick)
        look()
    }

    /// At the time it would come at that rate.
    private mutating func add(_ tick: Tick) {
        var tick = tick
        tick.time = clock
        report.ticks += 1
        watch.take(tick, feed: 0, receivedAt: tick.time)
    }

    private mutating func look() {
        if watch.isLookDue(at: clock) {
            report.looks += 1
            if watch.look(at: clock).isNews { report.regimeChanges += 1 }
        }
    }
}

/// What `market` prints.
struct MarketReport: Encodable {
    var messages = 0
    var bytesEach = 0
    var ticks = 0
    var refused = 0
    var looks = 0
    var regimeChanges = 0
    var perSecond = 0
    /// At the end, and how much more than at the beginning.
    var residentKib = 0
    var grownKib = 0
}

private func residentKiB() -> Int {
    let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").dropFirst()
        .first
    return (pages.flatMap { Int($0) } ?? 0) * Int(getpagesize()) / 1024
}
