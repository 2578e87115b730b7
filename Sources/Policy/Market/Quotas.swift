/// Shares of classes and slices that a regime or a schedule puts over the file's.
package struct Quotas: Sendable, Equatable {
    /// By class name: of the class table.
    package var classes: [String: Policy.ClassQuota]
    /// By slice name, then class name.
    package var slices: [String: [String: Policy.ClassQuota]]
    /// By slice name: the slice's own, parts of the link.
    package var ofSlices: [String: Policy.ClassQuota]

    package init(
        classes: [String: Policy.ClassQuota] = [:], slices: [String: [String: Policy.ClassQuota]] = [:],
        ofSlices: [String: Policy.ClassQuota] = [:]
    ) {
        self.classes = classes
        self.slices = slices
        self.ofSlices = ofSlices
    }

    package var isEmpty: Bool { classes.isEmpty && slices.isEmpty && ofSlices.isEmpty }

    /// These, and of `other` what these do not name.
    package func over(_ other: Quotas) -> Quotas {
        Quotas(
            classes: classes.merging(other.classes) { $0.over($1) },
            slices: slices.merging(other.slices) { mine, theirs in mine.merging(theirs) { $0.over($1) } },
            ofSlices: ofSlices.merging(other.ofSlices) { $0.over($1) })
    }

    /// As overrides, in a fixed order.
    package func overrides(reason: String) -> [Override] {
        func overrides(_ quotas: [String: Policy.ClassQuota], slice: String?) -> [Override] {
            quotas.sorted { $0.key < $1.key }.map { name, quota in
                Override(
                    className: name, slice: slice, guarantee: quota.guarantee, ceiling: quota.ceiling, reason: reason)
            }
        }
        return overrides(classes, slice: nil)
            + ofSlices.sorted { $0.key < $1.key }.map { name, quota in
                Override(
                    className: nil, slice: name, guarantee: quota.guarantee, ceiling: quota.ceiling, reason: reason)
            } + slices.sorted { $0.key < $1.key }.flatMap { overrides($0.value, slice: $0.key) }
    }
}

extension Policy.ClassQuota {
    fileprivate func over(_ other: Self) -> Self {
        Self(guarantee: guarantee ?? other.guarantee, ceiling: ceiling ?? other.ceiling)
    }
}

extension Volatility {
    /// Everything a regime changes: its own, and what milder ones change that it does not name.
    package func allQuotas(of regime: Regime) -> Quotas {
        Regime.allCases.filter { $0 <= regime }.reduce(Quotas()) { (quotas[$1] ?? Quotas()).over($0) }
    }
}
