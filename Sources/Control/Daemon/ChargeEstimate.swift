/// How much of the link XDP takes, from a counter of bytes read every few milliseconds.
///
/// Up at once, so that no queue grows behind the shaper; down only when it has been less for a while, for each change
/// costs the kernel a little.
struct ChargeEstimate {
    /// Bits a second that the queues give way by.
    private(set) var charged: UInt64
    /// Changes smaller than this are not worth one.
    private let step: UInt64
    private let most: UInt64
    private var samples: [(time: UInt64, bytes: UInt64)] = []
    /// Since when it has been less, ns.
    private var lowSince: UInt64?

    /// The rate is measured over so long.
    private static let window: UInt64 = 20_000_000
    private static let patience: UInt64 = 200_000_000

    init(charged: UInt64, step: UInt64, most: UInt64) {
        (self.charged, self.step, self.most) = (charged, max(step, 1), most)
    }

    /// Takes a reading of the counter.
    ///
    /// - Parameter time: ns, of a clock that only goes forward.
    /// - Returns: what to give way by from now on; nil: as before.
    mutating func read(_ bytes: UInt64, at time: UInt64) -> UInt64? {
        // The counter begins anew with new maps.
        if let last = samples.last, bytes < last.bytes { samples = [] }
        samples.append((time, bytes))
        while samples.count > 2, samples[1].time + Self.window <= time { samples.removeFirst() }
        guard let first = samples.first, time > first.time else { return nil }
        let rate = UInt64(clamping: UInt128(bytes - first.bytes) * 8_000_000_000 / UInt128(time - first.time))
        // A tenth more than measured, in whole steps.
        let wanted = min((rate + rate / 10 + step - 1) / step * step, most)
        if wanted > charged {
            lowSince = nil
            charged = wanted
            return charged
        }
        guard wanted < charged else {
            lowSince = nil
            return nil
        }
        let since = lowSince ?? time
        lowSince = since
        guard time - since >= Self.patience else { return nil }
        lowSince = nil
        charged = wanted
        return charged
    }
}
