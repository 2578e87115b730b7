import ArgumentParser
import CBPF
import Foundation
import Glibc

struct Sink: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Drop what arrives at an interface before anything else sees it, and count it.",
        discussion: "Needs root. Counts for some seconds, drops until it is ended.")

    @Option(help: "The interface.")
    var interface: String

    @Option(help: "Seconds before the counting begins.")
    var after: Double = 0.5

    @Option(help: "Seconds of counting.")
    var seconds: Double = 1

    func validate() throws {
        guard after >= 0, after <= 60 else { throw ValidationError("--after: 0 to 60") }
        guard seconds > 0, seconds <= 3600 else { throw ValidationError("--seconds: above 0, at most 3600") }
    }

    func run() throws {
        // XDP_DROP. The link, and the program with it, goes with this process.
        let program = try load(BPF_PROG_TYPE_XDP, [.set(0, 1), .exit])
        try succeed(
            "attach to \(interface)", bpf_link_create(program, Int32(try interfaceIndex(interface)), BPF_XDP, nil))
        usleep(UInt32(after * 1e6))
        let (start, before) = (now(CLOCK_MONOTONIC), try received())
        usleep(UInt32(seconds * 1e6))
        let (end, after) = (now(CLOCK_MONOTONIC), try received())
        print("packets_per_second \(Int(Double(after - before) * 1e9 / Double(end - start)))")
        fflush(nil)
        while true { pause() }
    }

    /// Packets, dropped ones included.
    private func received() throws -> UInt64 {
        // "  ny: bytes packets ..." in the namespace of the process.
        let lines = try String(contentsOfFile: "/proc/self/net/dev", encoding: .utf8).split(separator: "\n")
        let columns = lines.map { $0.split(separator: " ") }.first { $0.first == "\(interface):" }
        guard let columns, columns.count > 2, let packets = UInt64(columns[2]) else {
            throw KernelRefusal(operation: "counters of \(interface)", code: ENODEV)
        }
        return packets
    }
}
