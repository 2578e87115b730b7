import Policy

extension ExpressBucket {
    /// The policers in front of the express leaf: one for each slice with quotas and express class, and one for each
    /// express class that the slices without quotas share.
    static func all(_ policy: Policy, _ bandwidth: Bandwidth) -> [ExpressBucket] {
        var buckets: [ExpressBucket] = []
        func add(vni: UInt32?, _ rates: SliceBandwidth?) {
            for (index, rates) in (rates?.classes ?? []).enumerated() {
                guard let rate = rates.bucket else { continue }
                buckets.append(ExpressBucket(vni: vni, trafficClass: index, rate: rate, burst: burst(rate)))
            }
        }
        add(vni: nil, bandwidth.common)
        for slice in policy.slices where slice.hasQuota { add(vni: slice.vni, bandwidth.slices[slice.vni]) }
        return buckets
    }

    /// The same, which lapse to what `lasting` says where that is another rate.
    static func all(_ buckets: [ExpressBucket], lapsingTo lasting: [ExpressBucket], at time: UInt64) -> [ExpressBucket]
    {
        zip(buckets, lasting).map { bucket, lasting in
            var bucket = bucket
            if bucket.rate != lasting.rate { bucket.lapse = Lapse(at: time, rate: lasting.rate, burst: lasting.burst) }
            return bucket
        }
    }

    /// 2 ms: liquidations come in clumps, yet all buckets' bursts together are what an express packet may have to
    /// wait for. Two packets at least, or a question and its answer would not pass.
    private static func burst(_ rate: BitRate) -> Int {
        max(rate.bytes(in: .milliseconds(2)), 2 * QueueSizes.packet)
    }
}
