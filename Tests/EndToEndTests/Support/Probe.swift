import Foundation

/// What a stream of numbered datagrams went through; the figures of `lab-probe receive`.
struct Delays: Decodable, Sendable {
    var received: Int
    /// The network's losses: what the probe's own socket dropped is not among them.
    var lostOnTheWay: Int { lost - socketDrops }
    private var p99Us: Double?
    private var lost: Int
    private var socketDrops: Int

    /// The 99th percentile of the one-way delay, in µs.
    func p99() throws -> Double {
        guard let p99Us else { throw Absent(what: "delay, for nothing arrived") }
        return p99Us
    }
}

/// A stream of small datagrams at a steady rate.
struct Probe {
    var from: Host
    var to: Host
    var address = "10.0.0.2"
    /// 7001 is liquidation's in the lab's policy.
    var port: UInt16 = 7001
    var rate = 1000
    var seconds: Double
    var payload = 64

    /// Runs the stream, and `body` while it flows.
    func run(during body: () throws -> Void = {}) throws -> Delays {
        let count = String(Int(Double(rate) * seconds))
        let endpoint = (address.contains(":") ? "[\(address)]" : address) + ":\(port)"
        let receiver = try Job(
            [Lab.labProbe, "receive", "--listen", endpoint, "--expect", count, "--timeout", "10", "--json"], on: to)
        try receiver.waitUntilListening(on: port)
        let sender = try Job(
            [
                Lab.labProbe, "send", "--to", endpoint, "--rate", String(rate), "--count", count, "--size",
                String(payload), "--json",
            ], on: from)
        try body()
        let sent = try decode(Sent.self, sender, within: seconds + 120)
        guard sent.refused == 0 else { throw Refused(count: sent.refused) }
        return try decode(Delays.self, receiver, within: 120)
    }

    private struct Sent: Decodable { var refused: Int }

    /// The sender's own kernel would not take them: the machine's fault, not the network's.
    struct Refused: Error { var count: Int }

    private func decode<Value: Decodable>(_ type: Value.Type, _ job: Job, within seconds: Double) throws -> Value {
        let output = try job.finish(within: seconds)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(output.out.utf8))
    }
}

/// More TCP than the link carries: four cubic streams, until this value goes.
final class Bulk {
    private let server: Job
    private let client: Job

    init(from: Host, to: Host, address: String = "10.0.0.2") throws {
        server = try Job(["iperf3", "--server", "--one-off"], on: to)
        try server.waitUntilListening(on: 5201)
        client = try Job(
            ["iperf3", "--client", address, "--parallel", "4", "--congestion", "cubic", "--time", "600"], on: from)
        // Until the queues are full.
        pause(seconds: 1.5)
        guard client.isRunning else {
            throw CommandFailure(arguments: ["iperf3"], reason: "ended", output: try client.finish(within: 1))
        }
    }
}

/// UDP datagrams faster than a link carries them, into a class by their port, until it is ended.
func flood(
    from: Host, to address: String = "10.0.0.2", port: UInt16, megabits: Int, seconds: Double = 600, size: Int = 1350
) throws -> Job {
    try Job(
        [
            Lab.labProbe, "flood", "--to", "\(address):\(port)", "--rate-mbit", String(megabits), "--seconds",
            String(seconds), "--size", String(size),
        ], on: from)
}
