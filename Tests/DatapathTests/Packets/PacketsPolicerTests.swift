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
    @Test("lets go what its rate says, to one part in a hundred, whatever the rate and the packets' size")
    func exactness() async {
        await #expect(processExitsWith: .success) {
            let node = try PacketNode.informed()
            for (rate, length) in [(1_000_000, 60), (1_000_000, 1450), (100_000_000, 60), (2_000_000_000, 1450)] {
                let share = try node.admitted(rate: UInt64(rate), length: length)
                // A packet more or less is no error.
                let packet = Double(length + 50) * 8 / (Double(rate) * PacketNode.policedSeconds)
                guard abs(share - 1) < 0.01 + packet else {
                    throw CommandFailure(command: "\(rate) bit/s, \(length) bytes", output: "\(share) of the rate")
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
    fileprivate func admitted(rate: UInt64, length: Int) throws -> Double {
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
                        try programs.value.pass(frame)
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

/// Two threads only read it.
private struct Unchecked<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
