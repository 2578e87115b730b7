import ArgumentParser
import Glibc

struct Send: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Send datagrams at a steady rate.")

    @Option(help: "Address and port: 10.0.0.2:7001 or [fd00::2]:7001.")
    var to: Endpoint

    @Option(help: "Source address and port; port 0 is any.")
    var from: Endpoint?

    @Option(help: "Datagrams a second.")
    var rate: Double = 1000

    @Option(help: "How many.")
    var count: UInt64 = 1000

    @Option(help: "UDP payload in bytes.")
    var size: Int = 64

    @Option(help: "Send this many together, at the same average rate.")
    var burst: UInt64 = 1

    @Option(help: "The number at offset 16 of the payload, 8 bytes, big-endian.")
    var value: UInt64 = 0

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (0.01...10_000_000).contains(rate) else { throw ValidationError("--rate: 0.01 to 10000000") }
        guard (1...Receive.mostExpected).contains(count) else {
            throw ValidationError("--count: 1 to \(Receive.mostExpected)")
        }
        guard (1...count).contains(burst) else { throw ValidationError("--burst: 1 to --count") }
        try validatePayload(size)
    }

    func run() throws {
        var transmitter = try Transmitter(from: from, to: to, size: size, value: value)
        let schedule = Schedule(rate: rate, burst: burst)
        // A realtime thread that hardly sleeps would starve the kernel's softirq threads, which carry the packets.
        if schedule.interval >= 50_000 { becomeRealtime() }
        let start = now(CLOCK_MONOTONIC)
        for sequence in 0..<count {
            sleep(until: start + schedule.offset(of: sequence))
            transmitter.sendNext()
        }
        try transmitter.report(seconds: Double(now(CLOCK_MONOTONIC) - start) / 1e9, json: json)
    }
}

func validatePayload(_ size: Int) throws {
    guard (Datagram.minimumSize...Datagram.maximumSize).contains(size) else {
        throw ValidationError("--size: \(Datagram.minimumSize) to \(Datagram.maximumSize)")
    }
}
