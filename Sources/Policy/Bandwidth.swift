/// Who gets what, in bits a second: every share of a policy turned into a rate, once, for validator and plan alike.
///
/// A worked example. 200mbit with 5% headroom is a link of 190mbit. Classes: liquidation (express, ceiling 10%),
/// settlement and orders (guarantee 25%), bulk (nothing given). Slice perp has guarantee 50%, slice spot no quota:
///
///     link                190mbit      of which guaranteed:
///       express            29.925mbit  (9.5 perp + 19 common) x 1.05, so that the buckets stay inside the leaf
///       own                 3.8mbit    2% of the link
///       perp               95mbit      up to 190mbit
///         liquidation       1mbit      the queued leaf of what its bucket (9.5mbit = 10% of 95) demotes
///         settlement       23.75mbit
///         orders           23.75mbit
///         bulk              1mbit      the floor
///       common             61.275mbit  what is left, up to 190mbit; its bucket is 19mbit = 10% of the link
///
/// The sums of a policy that has problems (see `BandwidthProblem`) do not fit; everything else still holds.
package struct Bandwidth: Sendable, Equatable {
    /// The link class: `underlay.rate` less the headroom.
    package let link: BitRate
    /// Guaranteed to the node's own traffic, ARP and ND included.
    package let own: BitRate
    /// Rate and ceiling of the express leaf; nil where no class is express.
    package let express: BitRate?
    /// The subtree that slices without quotas share; nil where every slice has quotas.
    package let common: SliceBandwidth?
    /// Slices with quotas, by VNI.
    package let slices: [UInt32: SliceBandwidth]

    /// What every leaf has at least: raising a lower rate would wait for the wake-up computed from the old one.
    package static let floor = BitRate(bitsPerSecond: 1_000_000)
    /// The node's own part of the link, in percent.
    package static let ownPercent = 2.0
    /// The express leaf's rate in percent of its buckets together, so that what they let pass never queues there.
    static let expressPercent: UInt64 = 105

    package init(_ policy: Policy) {
        let link = policy.underlay.linkRate
        let own = max(link.part(percent: Self.ownPercent), Self.floor)
        let slices = Dictionary(
            policy.slices.filter(\.hasQuota).map { ($0.vni, SliceBandwidth($0, classes: policy.classes, link: link)) },
            uniquingKeysWith: { first, _ in first })
        let shared = policy.slices.contains { !$0.hasQuota }

        // Buckets of the common subtree are parts of the link, so the express leaf does not depend on what is left.
        var buckets = slices.values.reduce(BitRate.zero) { $0 + $1.buckets }
        if shared {
            buckets = policy.classes.reduce(buckets) { $0 + ($1.bucket(quota: $1.quota(in: nil), base: link) ?? .zero) }
        }
        let expressLeaf = max(buckets.times(Self.expressPercent, over: 100), Self.floor)
        let express = policy.classes.contains { $0.lane == .express } ? expressLeaf : nil

        self.link = link
        self.own = own
        self.express = express
        self.slices = slices
        let spoken = slices.values.reduce(own + (express ?? .zero)) { $0 + $1.guarantee }
        common = shared ? SliceBandwidth(commonOf: policy.classes, link: link, left: link - spoken) : nil
    }
}

/// One slice's rates, or those of the common subtree.
package struct SliceBandwidth: Sendable, Equatable {
    package let guarantee: BitRate
    /// At most the link.
    package let ceiling: BitRate
    /// In the order of `Policy.classes`.
    package let classes: [ClassBandwidth]

    /// Everything its express classes may send at once.
    var buckets: BitRate { classes.reduce(.zero) { $0 + ($1.bucket ?? .zero) } }
    /// What its leaves are guaranteed together.
    var classGuarantees: BitRate { classes.reduce(.zero) { $0 + $1.guarantee } }

    /// A slice with quotas. Without a guarantee of its own it is guaranteed what its leaves need: their floors and the
    /// guarantees given as rates. A percentage of a guarantee that is not given counts as the floor.
    init(_ slice: Policy.Slice, classes: [Policy.TrafficClass], link: BitRate) {
        let ceiling = min(slice.ceiling?.of(link) ?? link, link)
        let base = slice.guarantee?.of(link)
        let quotas = classes.map { $0.quota(in: slice) }
        let guarantee = base ?? zip(classes, quotas).reduce(.zero) { $0 + $1.0.guarantee(quota: $1.1, base: nil) }
        self.guarantee = guarantee
        self.ceiling = ceiling
        self.classes = zip(classes, quotas).map {
            ClassBandwidth(
                $0, quota: $1, guaranteeBase: base, ceilingBase: ceiling, bucketBase: guarantee,
                floorBase: slice.floorBase?.of(link))
        }
    }

    /// The common subtree: the class table as it stands, guarantees in parts of what is left, the rest of the link.
    init(commonOf classes: [Policy.TrafficClass], link: BitRate, left: BitRate) {
        let guarantee = max(left, Bandwidth.floor.times(UInt64(classes.count), over: 1))
        self.guarantee = guarantee
        ceiling = link
        self.classes = classes.map {
            ClassBandwidth(
                $0, quota: $0.quota(in: nil), guaranteeBase: guarantee, ceilingBase: link, bucketBase: link)
        }
    }
}

/// A class's rates within a slice.
package struct ClassBandwidth: Sendable, Equatable {
    /// Of its queued leaf, at least the floor; of an express class, of the leaf for what is demoted.
    package let guarantee: BitRate
    /// Of its queued leaf: at least the floor, at most the slice's.
    package let ceiling: BitRate
    /// What its policer lets pass; nil unless the class is express.
    package let bucket: BitRate?
    /// The class's `floor`: below which nothing may bring the bucket of an express class, the guarantee of another.
    package let floor: BitRate

    init(
        _ trafficClass: Policy.TrafficClass, quota: Policy.ClassQuota, guaranteeBase: BitRate?, ceilingBase: BitRate,
        bucketBase: BitRate, floorBase: BitRate? = nil
    ) {
        guarantee = trafficClass.guarantee(quota: quota, base: guaranteeBase)
        bucket = trafficClass.bucket(quota: quota, base: bucketBase)
        // A part of what the figure it is compared with is a part of, where nothing moves that.
        let base = trafficClass.lane == .express ? bucketBase : guaranteeBase ?? .zero
        floor = trafficClass.floor?.of(floorBase ?? base) ?? .zero
        // An express class's ceiling is its bucket's; what is demoted may use whatever the slice may.
        let given = trafficClass.lane == .express ? nil : quota.ceiling
        ceiling = max(min(given?.of(ceilingBase) ?? ceilingBase, ceilingBase), Bandwidth.floor)
    }
}

extension Policy.TrafficClass {
    /// The class's figures in a slice: the slice's own where it has any. nil: the class table's.
    package func quota(in slice: Policy.Slice?) -> Policy.ClassQuota {
        let own = slice?.classes[name]
        return Policy.ClassQuota(guarantee: own?.guarantee ?? guarantee, ceiling: own?.ceiling ?? ceiling)
    }

    fileprivate func guarantee(quota: Policy.ClassQuota, base: BitRate?) -> BitRate {
        guard lane == .queue, let share = quota.guarantee else { return Bandwidth.floor }
        return max(share.of(base ?? .zero), Bandwidth.floor)
    }

    /// At least 1 kbit, so that no policer divides by zero.
    fileprivate func bucket(quota: Policy.ClassQuota, base: BitRate) -> BitRate? {
        guard lane == .express, let ceiling = quota.ceiling else { return nil }
        return max(ceiling.of(base), BitRate(bitsPerSecond: 1000))
    }
}
