import Policy

/// What each class has where, in bits a second.
struct ClassRates: Sendable, Equatable {
    var rows: [Row]

    struct Row: Sendable, Equatable {
        /// `(common)`: the slices without quotas together.
        var slice: String
        var className: String
        /// nil: an express class has none.
        var guarantee: UInt64?
        /// Of an express class: what its policer lets pass.
        var ceiling: UInt64
    }

    init(_ policy: Policy) {
        let bandwidth = Bandwidth(policy)
        func rows(_ rates: SliceBandwidth, _ slice: String) -> [Row] {
            zip(policy.classes, rates.classes).map { trafficClass, rates in
                Row(
                    slice: slice, className: trafficClass.name,
                    guarantee: rates.bucket == nil ? rates.guarantee.bitsPerSecond : nil,
                    ceiling: (rates.bucket ?? rates.ceiling).bitsPerSecond)
            }
        }
        self.rows =
            policy.slices.flatMap { slice in bandwidth.slices[slice.vni].map { rows($0, slice.name) } ?? [] }
            + (bandwidth.common.map { rows($0, "(common)") } ?? [])
    }
}
