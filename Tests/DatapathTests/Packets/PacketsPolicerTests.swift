import CBPF
import Foundation
import Glibc
import Synchronization
import Testing

@testable import Datapath
@testable import PacketLab

/// The policer of an express class, by the clock: what it lets go in a second, while two CPUs ask at once.
@Suite("packets: the policer", .enabled(if: mayMakeNamespaces))
struct PacketsPolicerTests {
    // Rates that a slow machine can exceed: what is offered must be more.
    @Test("lets go what its rate says, to one part in a hundred, also of super-packets")
    func exactness() async {
        await #expect(processExitsWith: .success) {
            let node = try PacketNode.informed()
            for (rate, length, segment) in [
                (1_000_000, 60, 0), (1_000_000, 1450, 0), (20_000_000, 60, 0), (100_000_000, 1450, 0),
                (1_000_000_000, 3000, 18),
            ] {
                let share = try node.admitted(rate: UInt64(rate), length: length, segmentSize: UInt32(segment))
                // A packet more or less is no error.
                let bytes = segment == 0 ? length + 50 : (length - 42) / segment * (42 + segment + 50)
                let packet = Double(bytes) * 8 / (Double(rate) * PacketNode.policedSeconds)
                guard abs(share - 1) < 0.01 + packet else {
                    throw CommandFailure(command: "\(rate) bit/s, \(length) bytes", output: "\(share) of the rate")
                }
            }
        }
    }

    @Test("does so from 1 Mbit/s to 100 Gbit/s with packets of 60 to 9,000 bytes, under a clock of its own")
    func everyRate() async {
        await #expect(processExitsWith: .success) {
            let node = try PacketNode()
            let police = try PoliceProgram(on: node)
            for rate: UInt64 in [1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000] {
                for length: UInt64 in [60, 577, 1450, 9000] {
                    let share = try police.admitted(rate: rate, bytes: length + 50)
                    guard abs(share - 1) < 0.005 else {
                        throw CommandFailure(
                            command: "\(rate) bit/s, \(length) bytes", output: "\(share) of the rate")
                    }
                }
            }
        }
    }
}

extension PacketNode {
    fileprivate static let policedSeconds = 1.5

    /// Offers far more than the rate from two threads for a second and more, with an empty bucket to begin with.
    ///
    /// - Returns: what went express, over what the rate allows in that time.
    fileprivate func admitted(rate: UInt64, length: Int, segmentSize: UInt32) throws -> Double {
        let maps = kernel.pinned!.maps
        let slice = try kernel.sliceIndices()[4201]!
        let key = bucketKey(slice: slice, trafficClass: 0)
        // A second's worth: threads that have to wait for a processor lose nothing.
        let burst = Int(rate / 8)
        try maps.rates.set(key, ExpressRates.Rate(bitsPerSecond: rate, burst: burst).raw)
        let before = try counts()["perp liquidation express bytes"]!
        let (start, duration) = (monotonicNanoseconds(), UInt64(Self.policedSeconds * 1e9))
        var empty = shaper_bucket()
        let burstTime = try maps.rates.value(key, initially: shaper_rate())!.burst
        empty.arrival = start << UInt64(SHAPER_TIME_SHIFT) + burstTime
        try maps.buckets.set(key, empty)
        let failure = Mutex<(any Error)?>(nil)
        let threads = (0..<2).map { half in
            // A thread inherits the namespace.
            let thread = Thread { [programs = Unchecked(self)] in
                do {
                    // Every packet is another flow's: a demoted flow would stay so for a while.
                    var port = UInt16(1024 + half * 30_000)
                    var frame = Packet.ethernet().ipv4().udp(port, 7001, checksum: 0).padded(to: length).bytes
                    while monotonicNanoseconds() - start < duration {
                        port =
                            port &+ 1 < UInt16(1024 + half * 30_000 + 30_000) ? port &+ 1 : UInt16(1024 + half * 30_000)
                        (frame[34], frame[35]) = (UInt8(port >> 8), UInt8(port & 255))
                        try programs.value.pass(frame, segmentSize: segmentSize)
                    }
                } catch {
                    failure.withLock { $0 = error }
                }
            }
            thread.start()
            return thread
        }
        while threads.contains(where: { !$0.isFinished }) { usleep(1000) }
        if let error = failure.withLock({ $0 }) { throw error }
        let end = monotonicNanoseconds()
        let went = try counts()["perp liquidation express bytes"]! - before
        // What nobody has come to take yet, at the end, was not withheld.
        let arrival = try maps.buckets.value(key, initially: shaper_bucket())!.arrival >> UInt64(SHAPER_TIME_SHIFT)
        let left = 1 - Double(Int64(arrival) - Int64(end)) / 1e9
        return (Double(went) * 8 / Double(rate) + left) / (Double(end - start) / 1e9)
    }
}

/// `bpf/bench/police.bpf.c` on the buckets of a node.
private struct PoliceProgram {
    private let node: PacketNode
    private let program: Int32
    private let work: BPFMap

    private static let runs: Int32 = 100_000
    private static let threads = 2

    private struct Work {
        var start: UInt64 = 0
        var step: UInt64 = 0
        var bytes: UInt64 = 0
        var offered: UInt64 = 0
        var admitted: UInt64 = 0
        var bucket: UInt32 = 0
        var pad: UInt32 = 0
    }

    init(on node: PacketNode) throws {
        let root = URL(filePath: #filePath).appending(path: "../../../..").standardized.path
        let folder = FileManager.default.temporaryDirectory.appending(path: "shaper-police-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try run("\(root)/bpf/compile '\(folder.path)' - \(root)/bpf/bench/police.bpf.c")
        let object = try Data(contentsOf: folder.appending(path: "police.o"))
        let maps = node.kernel.folder.maps
        let loaded = try OpenObject(name: "police", image: object).load(mapsPinnedIn: maps)
        program = dup(loaded.raw)
        work = try BPFMap(pinned: MapSchema("police_work", UInt32.self, Work.self), in: maps)
        self.node = node
    }

    /// Offers half as much again as the rate, from two threads, with an empty bucket to begin with.
    ///
    /// - Returns: what went express, over what the rate allows in the time of the program's clock.
    func admitted(rate: UInt64, bytes: UInt64) throws -> Double {
        let maps = node.kernel.pinned!.maps, key = UInt32(0)
        let burst = max(Int(rate / 8000), Int(4 * bytes))
        let policed = ExpressRates.Rate(bitsPerSecond: rate, burst: burst).raw
        try maps.rates.set(key, policed)
        let start = UInt64(1e9) << UInt64(SHAPER_TIME_SHIFT)
        try maps.buckets.set(key, shaper_bucket(arrival: start + policed.burst, demoted: 0))
        let packetTime = Double(bytes) * 8e9 / Double(rate) * Double(1 << SHAPER_TIME_SHIFT)
        let step = UInt64(packetTime / 1.5)
        try work.set(key, Work(start: start, step: step, bytes: bytes))
        let threads = (0..<Self.threads).map { _ in
            let thread = Thread { [program] in Self.repeated(program, times: Self.runs) }
            thread.start()
            return thread
        }
        while threads.contains(where: { !$0.isFinished }) { usleep(1000) }
        let done = try work.value(key, initially: Work())!
        guard done.offered == UInt64(Self.runs) * UInt64(Self.threads) else {
            throw CommandFailure(command: "run the policer", output: "\(done.offered) packets offered")
        }
        return Double(done.admitted) * packetTime / Double(done.offered * step)
    }

    private static func repeated(_ program: Int32, times: Int32) {
        let frame = [UInt8](repeating: 0, count: 64)
        frame.withUnsafeBytes { frame in
            var options = bpf_test_run_opts()
            options.sz = MemoryLayout<bpf_test_run_opts>.size
            options.repeat = times
            options.data_in = frame.baseAddress
            options.data_size_in = UInt32(frame.count)
            _ = bpf_prog_test_run_opts(program, &options)
        }
    }
}

/// Two threads only read it.
private struct Unchecked<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
