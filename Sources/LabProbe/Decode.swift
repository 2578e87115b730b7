import ArgumentParser
import Feeds
import Foundation
import Market
import Policy

/// What a feed's decoder makes of a recording, and how fast.
struct Decode: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Decode recorded messages of a feed again and again: messages a second on one core.")

    @Option(help: "As a policy's feeds have it.", transform: Self.format)
    var format: Volatility.Feed.Format

    @Option(help: "As the exchange writes it.")
    var symbol: String?

    @Option(help: "Messages to decode.")
    var messages = 2_000_000

    @Argument(help: "A message a line; what comes before its first brace is left out.")
    var file: String

    func run() throws {
        let lines = try Data(contentsOf: URL(fileURLWithPath: file)).split(separator: UInt8(ascii: "\n"))
            .compactMap { line in line.firstIndex(of: UInt8(ascii: "{")).map { [UInt8](line[$0...]) } }
        guard !lines.isEmpty else { throw ValidationError("\(file) has no messages") }
        var decoder = FeedDecoder(format, symbol: symbol)
        var ticks: [Tick] = [], told = 0, refused = 0
        let start = now(CLOCK_MONOTONIC)
        for number in 0..<messages {
            let line = lines[number % lines.count]
            do {
                _ = try decoder.decode(line.span, now: 0, into: &ticks)
            } catch {
                refused += 1
            }
            told += ticks.count
            ticks.removeAll(keepingCapacity: true)
        }
        let seconds = Double(now(CLOCK_MONOTONIC) - start) / 1e9
        let bytes = lines.reduce(0) { $0 + $1.count } / lines.count
        print(
            #"{"messages":\#(messages),"bytesEach":\#(bytes),"ticks":\#(told),"refused":\#(refused),"#
                + #""messagesPerSecond":\#(Int(Double(messages) / seconds))}"#)
    }

    private static func format(_ text: String) throws -> Volatility.Feed.Format {
        guard let format = Volatility.Feed.Format(rawValue: text) else {
            let known = Volatility.Feed.Format.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("one of \(known)")
        }
        return format
    }
}
