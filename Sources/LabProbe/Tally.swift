/// Counts what arrives of a known number of datagrams.
package struct Tally {
    private var seen: [Bool]
    private var delays: [UInt64] = []
    private var processDelays: [UInt64] = []
    private var next: UInt64 = 0
    private var duplicates: UInt64 = 0
    private var reordered: UInt64 = 0
    private var foreign: UInt64 = 0

    /// `expected`: the sender numbers them from 0.
    package init(expected: UInt64) {
        seen = [Bool](repeating: false, count: Int(expected))
        delays.reserveCapacity(seen.count)
        processDelays.reserveCapacity(seen.count)
    }

    package var isComplete: Bool { delays.count == seen.count }

    /// `arrival`: at the kernel, and `read`: at the process, both in ns of the sender's clock. True when the datagram is
    /// one of the expected and the first of its number; nil stands for a datagram that is not a probe's.
    package mutating func count(_ datagram: Datagram?, at arrival: UInt64, read: UInt64) -> Bool {
        guard let datagram, datagram.sequence < UInt64(seen.count) else {
            foreign += 1
            return false
        }
        guard !seen[Int(datagram.sequence)] else {
            duplicates += 1
            return false
        }
        seen[Int(datagram.sequence)] = true
        // RFC 4737: reordered is what comes after a later one.
        if datagram.sequence < next { reordered += 1 } else { next = datagram.sequence + 1 }
        // A clock set back in between would give a negative delay.
        delays.append(arrival > datagram.sentAt ? arrival - datagram.sentAt : 0)
        processDelays.append(read > datagram.sentAt ? read - datagram.sentAt : 0)
        return true
    }

    package func report(socketDrops: UInt64) -> DelayReport {
        func microseconds(_ quantile: Double, of sorted: [UInt64]) -> Double? {
            percentile(quantile, of: sorted).map { (Double($0) / 1000).rounded(to: 1) }
        }
        let sorted = delays.sorted()
        return DelayReport(
            sent: UInt64(seen.count), received: UInt64(delays.count), lost: UInt64(seen.count - delays.count),
            duplicates: duplicates, reordered: reordered, foreign: foreign, socketDrops: socketDrops,
            p50Us: microseconds(0.5, of: sorted), p99Us: microseconds(0.99, of: sorted),
            p999Us: microseconds(0.999, of: sorted), maxUs: microseconds(1, of: sorted),
            processP99Us: microseconds(0.99, of: processDelays.sorted()))
    }
}

/// The smallest value that at least `quantile` (0...1) of the values do not exceed (nearest rank). nil: no values.
package func percentile<Value>(_ quantile: Double, of sorted: [Value]) -> Value? {
    guard !sorted.isEmpty else { return nil }
    let rank = Int((quantile * Double(sorted.count)).rounded(.up))
    return sorted[min(max(rank, 1), sorted.count) - 1]
}
