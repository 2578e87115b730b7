extension Policy {
    /// Why these would not do over the policy's own; none if they would.
    func problems(of quotas: Quotas, over own: Bandwidth) -> [BandwidthProblem] {
        let changed = applying(quotas.overrides(reason: ""))
        let problems = BandwidthProblem.all(in: changed).filter { $0.severity == .error }
        return problems + losses(Bandwidth(changed), own: own)
    }

    /// How fast express is must not depend on what somebody estimates, nor may a slice that gets less take a class below
    /// the floor that it has where the market is calm.
    private func losses(_ bandwidth: Bandwidth, own: Bandwidth) -> [BandwidthProblem] {
        func compare(_ new: SliceBandwidth?, _ old: SliceBandwidth?, slice: String?) -> [BandwidthProblem] {
            guard let new, let old else { return [] }
            return zip(classes, zip(new.classes, old.classes)).compactMap { trafficClass, figures in
                guard let loss = figures.0.loss(from: figures.1, isShared: slice == nil) else { return nil }
                let whose = slice.map { "slice \(quoted($0))" } ?? "the slices without quotas"
                let kind = figures.1.bucket == nil ? "class" : "express class"
                return BandwidthProblem(
                    subject: .trafficClass(trafficClass.name, slice: slice), severity: .error,
                    message: "the \(kind) \(quoted(trafficClass.name)) in \(whose) would have \(loss.now), "
                        + "less than \(loss.text)",
                    remedy: loss.remedy)
            }
        }
        return slices.filter(\.hasQuota).flatMap {
            compare(bandwidth.slices[$0.vni], own.slices[$0.vni], slice: $0.name)
        } + compare(bandwidth.common, own.common, slice: nil)
    }
}

extension ClassBandwidth {
    /// What it may not lose of what the file gives it; nil: nothing.
    ///
    /// - Parameter isShared: guarantees are parts of what other slices leave, and so is the floor.
    fileprivate func loss(from own: ClassBandwidth, isShared: Bool) -> (now: BitRate, text: String, remedy: String)? {
        if let bucket, let before = own.bucket {
            guard bucket < before else { return nil }
            return (
                bucket, "the \(before) the file gives it",
                "give it as much or more: only an operator may take from an express class"
            )
        }
        guard !isShared, guarantee >= floor, guarantee < own.floor else { return nil }
        return (guarantee, "its floor \(own.floor)", "give the class, or the slice it is in, as much or more")
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
