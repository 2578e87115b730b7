import CBPF
import Plan
import Policy

/// The policers' rates: not part of a generation, since a rate changes in place, each word whole.
struct ExpressRates: Sendable {
    /// By bucket key.
    var rates: [UInt32: Rate] = [:]

    struct Rate: Sendable, Equatable {
        var cost: UInt64
        var burst: UInt64
        /// CLOCK_MONOTONIC, ns; .max: never.
        var until = UInt64.max
        var thenCost: UInt64 = 0
        var thenBurst: UInt64 = 0
    }

    init(_ desired: DesiredState, _ indices: IndexAllocation) {
        for bucket in desired.buckets {
            let key = bucketKey(slice: bucket.vni.map { indices.slices[$0]! }, trafficClass: bucket.trafficClass)
            rates[key] = Rate(bucket)
        }
    }

    /// Those that the others have otherwise, or not at all.
    func differing(from others: ExpressRates) -> [UInt32: Rate] { rates.filter { others.rates[$0.key] != $0.value } }

    /// Those the kernel has otherwise.
    func changed(in maps: Maps) throws(KernelError) -> [UInt32: Rate] {
        var different: [UInt32: Rate] = [:]
        for (key, rate) in rates {
            let now = try maps.rates.value(key, initially: shaper_rate())
            if now.map(Rate.init) != rate { different[key] = rate }
        }
        return different
    }
}

extension ExpressRates.Rate {
    init(_ rate: shaper_rate) {
        self.init(
            cost: rate.cost, burst: rate.burst, until: rate.until, thenCost: rate.then_cost,
            thenBurst: rate.then_burst)
    }

    init(_ bucket: ExpressBucket) {
        self.init(bitsPerSecond: bucket.rate.bitsPerSecond, burst: bucket.burst)
        guard let lapse = bucket.lapse else { return }
        let then = Self(bitsPerSecond: lapse.rate.bitsPerSecond, burst: lapse.burst)
        (until, thenCost, thenBurst) = (lapse.at, then.cost, then.burst)
    }

    /// The time of a byte at one bit a second, in 1/16 ns.
    private static let slowest = Double(8) * 1e9 * Double(1 << SHAPER_TIME_SHIFT)

    /// A byte costs 8/rate seconds; in 1/16 ns, with 20 more bits so that 100 Gbit/s is exact to a millionth.
    init(bitsPerSecond: UInt64, burst bytes: Int) {
        let byteTime = Self.slowest / Double(max(bitsPerSecond, 1))
        cost = UInt64((byteTime * Double(1 << SHAPER_COST_SHIFT)).rounded())
        burst = UInt64(byteTime * Double(bytes))
    }

    /// What holds at a time of CLOCK_MONOTONIC, ns; nil: never set.
    func rate(at time: UInt64) -> BitRate? {
        let cost = time < until ? cost : thenCost
        guard cost > 0 else { return nil }
        return BitRate(bitsPerSecond: UInt64((Self.slowest * Double(1 << SHAPER_COST_SHIFT) / Double(cost)).rounded()))
    }

    var raw: shaper_rate {
        shaper_rate(cost: cost, burst: burst, until: until, then_cost: thenCost, then_burst: thenBurst)
    }
}
