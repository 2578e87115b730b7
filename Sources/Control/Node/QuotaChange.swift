import Policy

/// A class's quota in one slice (nil: in those without quotas), before and after a change.
package struct QuotaChange: Equatable, Sendable {
    package var slice: String?
    package var className: String
    package var before: Figures
    package var after: Figures

    package struct Figures: Equatable, Sendable {
        /// nil: the class is express.
        package var guarantee: BitRate?
        package var ceiling: BitRate
    }

    /// Everything that differs between two policies of the same slices and classes.
    package static func all(from before: Policy, to after: Policy) -> [QuotaChange] {
        all(in: after, from: Bandwidth(before), to: Bandwidth(after))
    }

    /// The same where the shares of both have been worked out.
    static func all(in policy: Policy, from old: Bandwidth, to new: Bandwidth) -> [QuotaChange] {
        var changes: [QuotaChange] = []
        func compare(_ slice: String?, _ old: SliceBandwidth?, _ new: SliceBandwidth?) {
            guard let old, let new else { return }
            for (index, trafficClass) in policy.classes.enumerated() {
                let figures = (Figures(old.classes[index]), Figures(new.classes[index]))
                guard figures.0 != figures.1 else { continue }
                changes.append(
                    QuotaChange(slice: slice, className: trafficClass.name, before: figures.0, after: figures.1))
            }
        }
        for slice in policy.slices { compare(slice.name, old.slices[slice.vni], new.slices[slice.vni]) }
        compare(nil, old.common, new.common)
        return changes
    }

    /// `perp bulk: ceiling 95mbit -> 20mbit`
    package var text: String {
        var parts: [String] = []
        if before.guarantee != after.guarantee, let old = before.guarantee, let new = after.guarantee {
            parts.append("guarantee \(old.shortText) -> \(new.shortText)")
        }
        if before.ceiling != after.ceiling {
            parts.append("ceiling \(before.ceiling.shortText) -> \(after.ceiling.shortText)")
        }
        return "\(slice ?? "(common)") \(className): \(parts.joined(separator: ", "))"
    }
}

extension QuotaChange.Figures {
    /// An express class's ceiling is its policer's.
    init(_ bandwidth: ClassBandwidth) {
        self.init(
            guarantee: bandwidth.bucket == nil ? bandwidth.guarantee : nil,
            ceiling: bandwidth.bucket ?? bandwidth.ceiling)
    }
}

extension Node {
    /// Changes a class's quota, through the daemon where one runs, so that it knows before it next looks.
    ///
    /// - Returns: every quota that is another now; guarantees of slices without quotas depend on what others have.
    package func changeClass(
        _ className: String, slice: String?, guarantee: Share?, ceiling: Share?, reason: String
    ) async throws -> [QuotaChange] {
        let before = try inForce().policy
        let request = ControlRequest.classSet(
            className: className, slice: slice, guarantee: guarantee?.description, ceiling: ceiling?.description,
            reason: reason)
        do {
            try await ControlClient.send(request, to: RunFolder.socket(name)).check()
        } catch ControlSocketError.notRunning {
            try setClass(className, slice: slice, guarantee: guarantee, ceiling: ceiling, reason: reason)
        }
        return QuotaChange.all(from: before, to: try inForce().policy)
    }

    /// The slices that a change of the class table does not reach, since they have such a figure of their own; nil: it
    /// reaches all.
    package func slicesBeyond(_ className: String, guarantee: Share?, ceiling: Share?) throws -> String? {
        let names = try inForce().policy.slices.filter { slice in
            let own = slice.classes[className]
            return guarantee != nil && own?.guarantee != nil || ceiling != nil && own?.ceiling != nil
        }.map(\.name)
        return names.isEmpty ? nil : "\(names.count == 1 ? "slice" : "slices") \(names.shortList)"
    }
}
