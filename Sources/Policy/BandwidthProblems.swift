/// What a complaint about shares is about.
package enum Subject: Sendable, Hashable {
    case link
    case slice(String)
    /// A class in one slice, or (nil) in the class table.
    case trafficClass(String, slice: String?)
}

/// A sum that does not fit, or a share that cannot be had.
package struct BandwidthProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package let subject: Subject
    package let severity: Diagnostic.Severity
    package let message: String
    package let remedy: String?

    package var description: String { remedy.map { "\(message); \($0)" } ?? message }

    /// Everything wrong with the shares of a policy that is otherwise right.
    package static func all(in policy: Policy) -> [BandwidthProblem] { all(in: policy, Bandwidth(policy)) }

    /// The same where the shares have been worked out.
    static func all(in policy: Policy, _ bandwidth: Bandwidth) -> [BandwidthProblem] {
        var problems = linkSum(bandwidth, policy: policy).map { [$0] } ?? []
        for slice in policy.slices where slice.hasQuota {
            guard let rates = bandwidth.slices[slice.vni] else { continue }
            problems += sliceProblems(slice, rates, link: bandwidth.link)
            problems += classProblems(policy.classes, rates, slice: slice)
            let own = policy.classes.map { ($0, slice.classes[$0.name]?.ceiling) }
            problems += clamped(own, to: rates.ceiling, slice: slice)
        }
        if let common = bandwidth.common { problems += classProblems(policy.classes, common, slice: nil) }
        return problems + clamped(policy.classes.map { ($0, $0.ceiling) }, to: bandwidth.link, slice: nil)
    }

    private static func linkSum(_ bandwidth: Bandwidth, policy: Policy) -> BandwidthProblem? {
        let express = bandwidth.express ?? .zero
        let slices = bandwidth.slices.values.reduce(BitRate.zero) { $0 + $1.guarantee }
        let common =
            bandwidth.common == nil ? BitRate.zero : Bandwidth.floor.times(UInt64(policy.classes.count), over: 1)
        let sum = express + bandwidth.own + slices + common
        guard sum > bandwidth.link else { return nil }
        let headroom = Share.percent(policy.underlay.headroom)
        return BandwidthProblem(
            subject: .link, severity: .error,
            message: "guarantees add up to \(sum), but the link carries \(bandwidth.link) "
                + "(\(policy.underlay.rate) less \(headroom)): express \(express), the node's own \(bandwidth.own), "
                + "slices with quotas \(slices), floors of the others \(common)",
            remedy: "lower guarantees of slices or ceilings of express classes by \(sum - bandwidth.link) together")
    }

    private static func sliceProblems(
        _ slice: Policy.Slice, _ rates: SliceBandwidth, link: BitRate
    ) -> [BandwidthProblem] {
        var problems: [BandwidthProblem] = []
        if rates.guarantee > rates.ceiling {
            let reason = slice.guarantee == nil ? ", which its classes need at least," : ""
            problems.append(
                BandwidthProblem(
                    subject: .slice(slice.name), severity: .error,
                    message: "slice \(quoted(slice.name)): the guarantee \(rates.guarantee)\(reason) "
                        + "is above the ceiling \(rates.ceiling)",
                    remedy: "raise the ceiling or lower the guarantee"))
        }
        if let ceiling = slice.ceiling?.of(link), ceiling > link {
            problems.append(
                BandwidthProblem(
                    subject: .slice(slice.name), severity: .warning,
                    message:
                        "slice \(quoted(slice.name)): the ceiling \(ceiling) is above the link's \(link), which holds",
                    remedy: nil))
        }
        return problems
    }

    /// nil: the subtree that slices without quotas share.
    private static func classProblems(
        _ classes: [Policy.TrafficClass], _ rates: SliceBandwidth, slice: Policy.Slice?
    ) -> [BandwidthProblem] {
        let whose = slice.map { "slice \(quoted($0.name))" } ?? "the slices without quotas"
        var problems: [BandwidthProblem] = []
        let sum = rates.classGuarantees
        if sum > rates.guarantee {
            problems.append(
                BandwidthProblem(
                    subject: slice.map { .slice($0.name) } ?? .link, severity: .error,
                    message:
                        "\(whose): guarantees of classes add up to \(sum), more than the \(rates.guarantee) there are "
                        + "(a class counts at least \(Bandwidth.floor))",
                    remedy: "lower them, or raise what the slice is guaranteed"))
        }
        for (trafficClass, given) in zip(classes, rates.classes) {
            let (figure, rate) = given.bucket.map { ("ceiling", $0) } ?? ("guarantee", given.guarantee)
            guard rate < given.floor else { continue }
            problems.append(
                BandwidthProblem(
                    subject: .trafficClass(trafficClass.name, slice: slice?.name), severity: .error,
                    message: "class \(quoted(trafficClass.name)) in \(whose): the \(figure) \(rate) "
                        + "is below the class's floor \(given.floor)",
                    remedy: "raise it, or lower the class's floor"))
        }
        for (trafficClass, given) in zip(classes, rates.classes) where given.guarantee > given.ceiling {
            problems.append(
                BandwidthProblem(
                    subject: .trafficClass(trafficClass.name, slice: slice?.name), severity: .error,
                    message: "class \(quoted(trafficClass.name)) in \(whose): the guarantee \(given.guarantee) "
                        + "is above the ceiling \(given.ceiling)",
                    remedy: "raise the ceiling or lower the guarantee"))
        }
        return problems
    }

    /// The ceilings of queued classes, in the class table or a slice's own, that are above what there is.
    private static func clamped(
        _ ceilings: [(Policy.TrafficClass, Share?)], to most: BitRate, slice: Policy.Slice?
    ) -> [BandwidthProblem] {
        ceilings.compactMap { trafficClass, share in
            guard trafficClass.lane == .queue, let ceiling = share?.of(most), ceiling > most else { return nil }
            let whose = slice.map { " in slice \(quoted($0.name))" } ?? ""
            let limit = slice == nil ? "link" : "slice"
            return BandwidthProblem(
                subject: .trafficClass(trafficClass.name, slice: slice?.name), severity: .warning,
                message: "class \(quoted(trafficClass.name))\(whose): the ceiling \(ceiling) is above the \(limit)'s "
                    + "\(most), which holds",
                remedy: nil)
        }
    }
}
