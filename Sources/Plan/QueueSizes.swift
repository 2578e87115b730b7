import Policy

/// How many bytes HTB and the queues get for their rates.
struct QueueSizes: Equatable {
    /// One packet with all its headers, rounded up.
    static let packet = 1600
    /// The longest that an express packet should wait for a super-packet, or for a burst, that is ahead of it.
    private static let patience = Duration.microseconds(100)
    /// More than this between the turns of two slices, and the smaller would wait too long.
    private static let widestRatio = 100.0

    /// See `QueueTree.largestSegment`; 64 KB is what IP allows a super-packet.
    let largestSegment: Int
    private let smallestGuarantee: BitRate

    init(_ bandwidth: Bandwidth) {
        largestSegment = min(max(bandwidth.link.bytes(in: Self.patience), Self.packet), 65_536)
        let guarantees = bandwidth.slices.values.map(\.guarantee) + [bandwidth.common?.guarantee].compactMap { $0 }
        smallestGuarantee = max(guarantees.min() ?? .zero, Bandwidth.floor)
    }

    /// A class may send this much at once: no less than a super-packet, and no more than express can wait for. It is
    /// enough: with bursts of 100 us, HTB carried 100 % of 190 mbit, 2 gbit and 9.5 gbit of TCP, with busy CPUs too,
    /// and ten times the burst carried no more.
    func burst(_ rate: BitRate) -> Int { max(largestSegment, rate.bytes(in: Self.patience)) }

    /// Leaves of one priority take turns, so their quanta divide what slices borrow from the link: in proportion to
    /// the slices' guarantees (TCP in slices with 40 and 10 of 100 mbit got 80 and 19; with equal quanta 57 and 43).
    /// At least a super-packet, as HTB sends whole packets however small the quantum is.
    func quantum(_ guarantee: BitRate) -> Int {
        let ratio = Double(guarantee.bitsPerSecond) / Double(smallestGuarantee.bitsPerSecond)
        return Int(Double(largestSegment) * min(max(ratio, 1), Self.widestRatio))
    }

    /// Bytes that are sent within `time` at `rate`; never less than `leastQueue`, so that a slow
    /// leaf does not drop what arrives together, and never more than the kernel's 32 bits.
    func queueLimit(_ rate: BitRate, _ time: Duration) -> Int {
        min(max(rate.bytes(in: time), Self.leastQueue(largestSegment)), Int(UInt32.max))
    }

    /// 20 packets or two super-packets.
    static func leastQueue(_ largestSegment: Int) -> Int { max(20 * packet, 2 * largestSegment) }
}

extension BitRate {
    /// What the rate sends within `time`, rounded down; stops at the largest number.
    func bytes(in time: Duration) -> Int {
        let (seconds, attoseconds) = time.components
        let bytes = Double(bitsPerSecond) / 8 * (Double(seconds) + Double(attoseconds) * 1e-18)
        return Int(exactly: bytes.rounded(.down)) ?? .max
    }
}
