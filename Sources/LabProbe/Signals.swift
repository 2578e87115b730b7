import ArgumentParser
import Glibc

/// What floods a node with signals, and times them.
struct Signals: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send signals to a node's datagram socket, and time them.",
        discussion: """
            Each flow is signalled in turn. With --answers the next one waits for the answer to the last, and the time \
            between is what it takes until a signal is in force; otherwise they go as fast as the socket takes them, or \
            as --rate says.
            """)

    @Option(help: "The socket.")
    var socket: String
    @Option(help: "The slice.")
    var slice: String
    @Option(help: "How many, a second; 0: as fast as they are taken.")
    var rate: Double = 0
    @Option(help: "How many.")
    var count: Int = 1
    @Option(help: "Of how many flows, in turn.")
    var flows: Int = 1000
    @Option(help: "The first one's port at its first end.")
    var firstPort: Int = 1024
    @Option(help: "How long each lasts.")
    var ttl: String = "10s"
    @Flag(help: "Wait for each answer.")
    var answers = false

    func validate() throws {
        guard (1...100_000_000).contains(count) else { throw ValidationError("--count: 1 to 100000000") }
        guard (1...60_000).contains(flows), (1...65_535 - flows).contains(firstPort) else {
            throw ValidationError("--flows: 1 to 60000, and their ports up to 65535")
        }
        guard socket.utf8.count < 108 else { throw ValidationError("--socket: too long for a socket's name") }
    }

    func run() throws {
        let descriptor = try connected()
        let datagrams = (0..<flows).map { number in
            let flow = "udp 10.0.0.1:\(firstPort + number) > 10.0.0.2:5000"
            return Array(
                #"{"slice":"\#(slice)","flow":"\#(flow)","notional":\#(1 + number),"ttl":"\#(ttl)"}"#.utf8)
        }
        var times: [UInt64] = []
        var answer = [UInt8](repeating: 0, count: 4096)
        let schedule = rate > 0 ? Schedule(rate: rate, burst: 5) : nil
        let start = now(CLOCK_MONOTONIC)
        for number in 0..<count {
            if let schedule { sleep(until: start + schedule.offset(of: UInt64(number))) }
            let datagram = datagrams[number % flows]
            let sent = now(CLOCK_MONOTONIC)
            try succeed("send", Int32(send(descriptor, datagram, datagram.count, 0)))
            guard answers else { continue }
            let length = try succeed("answer", Int32(recv(descriptor, &answer, answer.count, 0)))
            times.append(now(CLOCK_MONOTONIC) - sent)
            let text = String(decoding: answer[..<Int(length)], as: UTF8.self)
            guard text.contains(#""ok":true"#) else { throw ValidationError("was refused: \(text)") }
        }
        let seconds = Double(now(CLOCK_MONOTONIC) - start) / 1e9
        times.sort()
        func microseconds(_ quantile: Double) -> Double? { percentile(quantile, of: times).map { Double($0) / 1000 } }
        print(
            try encodeJSON(
                SignalReport(
                    count: count, perSecond: Double(count) / seconds, p50Us: microseconds(0.5),
                    p99Us: microseconds(0.99))))
    }

    private func connected() throws -> Int32 {
        let descriptor = try succeed("socket", Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        func call(_ body: (UnsafePointer<sockaddr>) -> Int32) -> Int32 {
            withUnsafePointer(to: address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
        }
        // A name of its own, to be answered at.
        if answers {
            try succeed("bind", call { bind(descriptor, $0, socklen_t(MemoryLayout<sa_family_t>.size)) })
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socket.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        try succeed("connect to \(socket)", call { connect(descriptor, $0, size) })
        return descriptor
    }
}

private struct SignalReport: Encodable {
    var count: Int
    var perSecond: Double
    /// Until the answer, which comes when the kernel has it.
    var p50Us: Double?
    var p99Us: Double?
}
