import Glibc

/// How much a flow sends, from a counter of its bytes: averaged over the last few hundred milliseconds.
struct DemandMeter: Sendable, Equatable {
    /// Bytes a second; nil: not known yet.
    private(set) var rate: Double?
    private var bytes: UInt64
    /// ns, of a clock that only goes forward.
    private var time: UInt64

    /// What happened so long ago counts half.
    static let halfLife = 200_000_000.0
    /// Over a shorter time, one packet is a flood.
    static let shortest: UInt64 = 20_000_000

    init(bytes: UInt64 = 0, at time: UInt64) { (self.bytes, self.time) = (bytes, time) }

    /// Takes a reading of the counter.
    mutating func read(_ count: UInt64, at now: UInt64) {
        // The counter begins anew with a new entry in the kernel.
        if count < bytes { bytes = 0 }
        guard now > time, now - time >= Self.shortest else { return }
        let passed = Double(now - time)
        let sample = Double(count - bytes) * 1e9 / passed
        rate = rate.map { $0 + (sample - $0) * (1 - exp2(-passed / Self.halfLife)) } ?? sample
        (bytes, time) = (count, now)
    }
}
