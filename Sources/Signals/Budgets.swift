import Plan
import Policy

/// How much promoted flows may send ahead of every queue: a budget for each slice with quotas, and one that the others
/// share.
package struct Budgets: Sendable, Equatable {
    /// Bytes a second, by VNI; nil: shared.
    package var rates: [UInt32?: Double]
    /// By VNI, whose budget a slice's flows draw on; what is missing is no slice.
    package var owners: [UInt32: UInt32?]

    package init(rates: [UInt32?: Double], owners: [UInt32: UInt32?]) {
        self.rates = rates
        self.owners = owners
    }

    /// The first class's buckets. Where it is not express, nothing bounds it but its queue.
    package init(_ desired: DesiredState) {
        owners = Dictionary(uniqueKeysWithValues: desired.slices.map { ($0.vni, $0.hasQuota ? $0.vni : nil) })
        rates = [:]
        for bucket in desired.buckets where bucket.trafficClass == 0 {
            rates[bucket.vni] = Double(bucket.rate.bitsPerSecond) / 8
        }
    }
}
