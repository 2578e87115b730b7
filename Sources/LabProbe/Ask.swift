import ArgumentParser
import Glibc

struct Ask: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send lines to a UNIX socket, one after the other, and time the answers.",
        discussion: #"An answer without "ok":true is an error."#)

    @Option(help: "The socket.")
    var socket: String

    @Option(help: "How many, of the lines in turn.")
    var count: Int = 1

    @Argument(help: "The lines.")
    var lines: [String]

    func validate() throws {
        guard (1...1_000_000).contains(count) else { throw ValidationError("--count: 1 to 1000000") }
        guard socket.utf8.count < 108 else { throw ValidationError("--socket: too long for a socket's name") }
    }

    func run() throws {
        let stream = try connectStream(socket)
        var times: [UInt64] = []
        var answer = [UInt8](repeating: 0, count: 1 << 16)
        for number in 0..<count {
            let line = Array((lines[number % lines.count] + "\n").utf8)
            let start = now(CLOCK_MONOTONIC)
            try succeed("write", Int32(write(stream, line, line.count)))
            var length = 0
            while length == 0 || answer[length - 1] != UInt8(ascii: "\n") {
                let more = try succeed("read", Int32(read(stream, &answer[length], answer.count - length)))
                guard more > 0 else { throw KernelRefusal(operation: "answer", code: ECONNRESET) }
                length += Int(more)
            }
            times.append(now(CLOCK_MONOTONIC) - start)
            let text = String(decoding: answer[..<length], as: UTF8.self)
            guard text.contains(#""ok":true"#) else { throw ValidationError("was refused: \(text)") }
        }
        times.sort()
        func microseconds(_ quantile: Double) -> Double { Double(percentile(quantile, of: times) ?? 0) / 1000 }
        print(try encodeJSON(AskReport(count: count, p50Us: microseconds(0.5), p99Us: microseconds(0.99))))
    }
}

private struct AskReport: Encodable {
    var count: Int
    var p50Us: Double
    var p99Us: Double
}
