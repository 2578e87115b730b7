import ArgumentParser
import Glibc

struct Receive: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Receive what `send` sends, and report delays and losses.",
        discussion: """
            Ends when every expected datagram has come, or when none that is new has come for the timeout.
            """)

    /// Bounds the memory: nine bytes a datagram.
    static let mostExpected: UInt64 = 50_000_000

    @Option(help: "Address and port.")
    var listen: Endpoint

    @Option(help: "How many the sender sends.")
    var expect: UInt64 = 1000

    @Option(help: "Give up after this many seconds without a new datagram.")
    var timeout: Double = 2

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: "Write each new datagram's number, time of sending and delay to this file, ns.")
    var trace: String?

    func validate() throws {
        guard (1...Self.mostExpected).contains(expect) else {
            throw ValidationError("--expect: 1 to \(Self.mostExpected)")
        }
        guard timeout > 0, timeout <= 86_400 else { throw ValidationError("--timeout: above 0, at most 86400") }
    }

    func run() throws {
        let socket = try UDPSocket(family: listen.family)
        try socket.enlargeBuffers()
        try socket.enableTimestamps()
        try socket.setReceiveTimeout(microseconds: 50_000)
        // Bound last: who sees the port open knows that everything is ready.
        try socket.bind(to: listen)
        becomeRealtime()

        var tally = Tally(expected: expect)
        var trace = DelayTrace()
        var buffer = [UInt8](repeating: 0, count: Datagram.maximumSize)
        var lastNew = now(CLOCK_MONOTONIC)
        while !tally.isComplete, Double(now(CLOCK_MONOTONIC) - lastNew) < timeout * 1e9 {
            let isNew = try buffer.withUnsafeMutableBytes { bytes in
                guard let arrival = try socket.receive(into: bytes) else { return false }
                let read = now(CLOCK_REALTIME)
                let datagram = Datagram(UnsafeRawBufferPointer(rebasing: bytes[..<arrival.size]))
                let isNew = tally.count(datagram, at: arrival.at ?? read, read: read)
                if isNew, self.trace != nil, let datagram { trace.add(datagram, at: arrival.at ?? read) }
                return isNew
            }
            if isNew { lastNew = now(CLOCK_MONOTONIC) }
        }
        let report = tally.report(socketDrops: try socket.drops())
        if let path = self.trace { try trace.write(to: path) }
        print(json ? try encodeJSON(report) : report.description)
    }
}
