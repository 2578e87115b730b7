import ArgumentParser
import Glibc

/// Set by a signal's handler, which may do no more than that.
nonisolated(unsafe) private var isTerminated = false

struct Flood: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send datagrams for some seconds: as fast as possible, or at a bit rate.",
        discussion: "SIGTERM ends it earlier, with its report.")

    @Option(help: "Address and port.")
    var to: Endpoint

    @Option(help: "Source address and port; port 0 is any.")
    var from: Endpoint?

    @Option(help: "How long.")
    var seconds: Double = 1

    @Option(help: "Megabits of UDP payload a second. Without it: as fast as possible.")
    var rateMbit: Double?

    @Option(help: "UDP payload in bytes.")
    var size: Int = 64

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard seconds > 0, seconds <= 86_400 else { throw ValidationError("--seconds: above 0, at most 86400") }
        if let rateMbit, !(0.001...1_000_000).contains(rateMbit) {
            throw ValidationError("--rate-mbit: 0.001 to 1000000")
        }
        try validatePayload(size)
    }

    func run() throws {
        signal(SIGTERM) { _ in isTerminated = true }
        var transmitter = try Transmitter(from: from, to: to, size: size)
        let schedule = rateMbit.map { rate in
            // A wake-up costs microseconds: five thousand a second leave time for the sending.
            let datagrams = rate * 1e6 / Double(size * 8)
            return Schedule(rate: datagrams, burst: max(1, UInt64(datagrams / 5000)))
        }
        let start = now(CLOCK_MONOTONIC)
        let end = start + UInt64(seconds * 1e9)
        var sequence: UInt64 = 0
        while !isTerminated {
            let due = start + (schedule?.offset(of: sequence) ?? 0)
            if max(due, now(CLOCK_MONOTONIC)) >= end { break }
            if schedule != nil { sleep(until: due) }
            transmitter.sendNext()
            sequence += 1
        }
        try transmitter.report(seconds: Double(now(CLOCK_MONOTONIC) - start) / 1e9, json: json)
    }
}
