import ArgumentParser
import Backtest
import Glibc
import Market

/// A market's day, played again for a node that watches.
struct ReplayPrices: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Play a storm's prices to a feed's socket, faster than it was.",
        discussion: """
            A storm made up from a seed, or the worst part of a file of bars. Each price says its time, so that the \
            market's time goes as fast as the replay. What went before is sent at once, for the baseline.
            """)

    @Option(help: "Bars, CSV, plain or .gz. Without it: a storm that is made up.")
    var bars: String?
    @Option(help: "How many times faster than the market.")
    var speed: Double = 180
    @Option(help: "How many minutes of a file are played.")
    var minutes: Int = 120
    @Option(help: "The feed's socket.")
    var socket: String
    @Option(help: "Of the storm that is made up.")
    var seed: UInt64 = 1

    func validate() throws {
        guard (0.1...100_000).contains(speed) else { throw ValidationError("--speed: 0.1 to 100000") }
        guard (1...100_000).contains(minutes) else { throw ValidationError("--minutes: 1 to 100000") }
        guard socket.utf8.count < 108 else { throw ValidationError("--socket: too long for a socket's name") }
    }

    func run() throws {
        let tape = try tape()
        let stream = try connectStream(socket)
        defer { close(stream) }
        signal(SIGPIPE, SIG_IGN)
        var before = ""
        for tick in tape.ticks where tick.time < tape.live { before += tick.line }
        try send(before, to: stream)
        let start = now(CLOCK_MONOTONIC)
        for tick in tape.ticks where tick.time >= tape.live {
            sleep(until: start + UInt64(Double(tick.time - tape.live) / speed))
            try send(tick.line, to: stream)
        }
        sleep(until: start + UInt64(Double(tape.end - tape.live) / speed))
    }

    /// What is made up ends now: a feed's time must not be ahead of the clock.
    private func tape() throws -> PriceTape {
        if let bars { return PriceTape(try BarFile(reading: bars), span: Int64(minutes) * 60_000_000_000) }
        return PriceTape(SyntheticStorm(seed: seed, end: Int64(now(CLOCK_REALTIME))))
    }

    private func send(_ text: String, to stream: Int32) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let sent = bytes.withUnsafeBytes { write(stream, $0.baseAddress, $0.count) }
            if sent < 0, errno == EINTR { continue }
            bytes = bytes.dropFirst(Int(try succeed("write", Int32(sent))))
        }
    }
}

extension Tick {
    /// As the feed `ndjson` reads it.
    fileprivate var line: String {
        let milliseconds = time / 1_000_000
        let rest = String(milliseconds % 1000)
        let fraction = String(repeating: "0", count: 3 - rest.count) + rest
        return "{\"time\": \(milliseconds / 1000).\(fraction), \"price\": \(price), \"volume\": \(volume)}\n"
    }
}
