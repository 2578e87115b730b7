extension BandwidthProblem {
    /// Why a policy that the market or a schedule has changed would not do: sums that do not fit, and less for an express
    /// class than it had. How fast that is must not depend on what somebody estimates.
    ///
    /// - Parameter own: who gets what without what they have changed.
    package static func ofAutomatic(_ changed: Policy, _ bandwidth: Bandwidth, own: Bandwidth) -> [BandwidthProblem] {
        func lowered(_ new: SliceBandwidth?, _ old: SliceBandwidth?, slice: String?) -> [BandwidthProblem] {
            guard let new, let old else { return [] }
            return zip(changed.classes, zip(new.classes, old.classes)).compactMap { trafficClass, figures in
                guard let now = figures.0.bucket, let before = figures.1.bucket, now < before else { return nil }
                let whose = slice.map { "slice \(quoted($0))" } ?? "the slices without quotas"
                return BandwidthProblem(
                    subject: .trafficClass(trafficClass.name, slice: slice), severity: .error,
                    message: "the express class \(quoted(trafficClass.name)) in \(whose) would have \(now), "
                        + "less than the \(before) it has otherwise",
                    remedy: "give it as much or more: only an operator may take from an express class")
            }
        }
        return all(in: changed, bandwidth).filter { $0.severity == .error }
            + changed.slices.filter(\.hasQuota).flatMap {
                lowered(bandwidth.slices[$0.vni], own.slices[$0.vni], slice: $0.name)
            } + lowered(bandwidth.common, own.common, slice: nil)
    }
}

extension Policy {
    /// Why these would not do over the policy's own; none if they would.
    func problems(of quotas: Quotas, over own: Bandwidth) -> [BandwidthProblem] {
        let changed = applying(quotas.overrides(reason: ""))
        return BandwidthProblem.ofAutomatic(changed, Bandwidth(changed), own: own)
    }
}

extension PolicyParser {
    /// Checks everything that the market and the clock may come to: each regime, each schedule, and each schedule in
    /// each regime. What is wrong with one alone is said once, and not again of what it is a part of.
    static func checkAutomatics(
        _ policy: Policy, regimes: [Regime: PlacedQuotas], schedules: [(value: Schedule, quotas: PlacedQuotas)],
        report: Report
    ) {
        let own = Bandwidth(policy)
        func check(_ placed: PlacedQuotas, _ title: String) -> Bool {
            let problems = policy.problems(of: placed.quotas, over: own)
            var told: Set<Place> = []
            for problem in problems where told.insert(placed.place(of: problem.subject)).inserted {
                report.error(
                    placed.place(of: problem.subject), "\(title): \(problem.message)", remedy: problem.remedy)
            }
            return problems.isEmpty
        }

        var sound: [(name: String, placed: PlacedQuotas)] = []
        var inherited: PlacedQuotas?
        for regime in Regime.allCases {
            guard let mine = regimes[regime] else { continue }
            let placed = inherited.map(mine.over) ?? mine
            guard check(placed, "in regime \(regime.rawValue)") else { break }
            sound.append((regime.rawValue, placed))
            inherited = placed
        }
        for schedule in schedules where check(schedule.quotas, "in schedule \(quoted(schedule.value.name))") {
            for regime in sound {
                var both = regime.placed.over(schedule.quotas)
                both.place = schedule.quotas.place
                both.places = schedule.quotas.places
                let title = "in schedule \(quoted(schedule.value.name)) and regime \(regime.name)"
                guard check(both, title) else { break }
            }
        }
    }
}
