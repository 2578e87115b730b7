import Policy

/// What a replay came to, as values of plain types: what `--json` prints, with its keys in snake_case.
package struct BacktestReport: Sendable, Equatable, Encodable {
    package var files: [File]
    /// Long ones, in which no file has bars: they count for nothing, and the market is watched anew after each.
    package var gaps: [Gap]
    /// One, or two that are compared.
    package var policies: [Run]
    /// Of two policies: which figures are not the same with both.
    package var differences: [Difference]

    package struct File: Sendable, Equatable, Encodable {
        package var name: String
        package var bars: Int
        package var stepSeconds: Double
        /// Bars that would fill its gaps.
        package var missing: Int
        /// ISO 8601, UTC: when its first bar begins and its last one ends.
        package var from: String
        package var until: String
    }

    package struct Gap: Sendable, Equatable, Encodable {
        package var from: String
        package var until: String
        package var seconds: Double
    }

    package struct Difference: Sendable, Equatable, Encodable {
        package var slice: String
        package var `class`: String
        /// `guarantee` or `ceiling`.
        package var figure: String
        /// By policy; nil: it has no such class or slice.
        package var ranges: [Range?]

        package struct Range: Sendable, Equatable, Encodable {
            package var leastBitsPerSecond: UInt64
            package var mostBitsPerSecond: UInt64
        }
    }

    package struct Run: Sendable, Equatable, Encodable {
        /// The file.
        package var policy: String
        package var node: String
        package var looks: Int
        /// More than one where there are long gaps.
        package var watches: [Watch]
        package var changes: [Change]
        /// Each time that one of the policy's began or ended.
        package var schedules: [ScheduleEvent]
        package var secondsIn: Seconds
        /// How often it became storm or worse.
        package var storms: Int
        /// nil: too little was known throughout.
        package var worst: Worst?
        /// Looks at which a feed could not be believed, between its first bar and its last.
        package var alarms: Int
    }

    /// The market, watched without a long gap, and what it is compared with.
    package struct Watch: Sendable, Equatable, Encodable {
        package var from: String
        package var until: String
        /// nil: it was calm throughout.
        package var firstChange: String?
        /// What the baseline was from by then, or at the end: calm bars, at most `baselineFullSeconds` of them.
        package var baselineSeconds: Double
        package var baselineFullSeconds: Double
        /// The baseline was younger than that, and a regime depends on it.
        package var warning: String?
    }

    package struct Change: Sendable, Equatable, Encodable {
        package var time: String
        package var from: String
        package var to: String
        package var price: Double?
        /// Annualised, in percent.
        package var volatility: Double?
        package var baseline: Double?
        /// Trades a minute; nil where the bars do not count them.
        package var messageRate: Double?
        /// Over its running median.
        package var rateMultiple: Double?
        package var reason: String
        /// In force from now on: what differs from calm, and what is on its way there.
        package var quotas: [Quota]
        /// When the regime's own quotas were reached; nil: another regime came before, or the bars ended.
        package var quotasReached: String?
    }

    package struct ScheduleEvent: Sendable, Equatable, Encodable {
        package var time: String
        package var schedule: String
        /// nil: it has ended.
        package var until: String?
        /// In force from now on: what differs from calm.
        package var quotas: [Quota]
    }

    /// What one class has in one slice.
    package struct Quota: Sendable, Equatable, Encodable {
        /// `(common)`: the slices without quotas together.
        package var slice: String
        package var `class`: String
        /// nil: an express class has none.
        package var guaranteeBitsPerSecond: UInt64?
        /// Where no schedule is active.
        package var calmGuaranteeBitsPerSecond: UInt64?
        /// What it goes to; nil: it stays.
        package var nextGuaranteeBitsPerSecond: UInt64?
        package var ceilingBitsPerSecond: UInt64
        package var calmCeilingBitsPerSecond: UInt64
        package var nextCeilingBitsPerSecond: UInt64?
    }

    package struct Seconds: Sendable, Equatable, Encodable {
        package var calm = 0.0
        package var elevated = 0.0
        package var storm = 0.0
        package var extreme = 0.0

        package subscript(regime: Regime) -> Double {
            get {
                switch regime {
                case .calm: calm
                case .elevated: elevated
                case .storm: storm
                case .extreme: extreme
                }
            }
            set {
                switch regime {
                case .calm: calm = newValue
                case .elevated: elevated = newValue
                case .storm: storm = newValue
                case .extreme: extreme = newValue
                }
            }
        }
    }

    package struct Worst: Sendable, Equatable, Encodable {
        package var time: String
        package var volatility: Double
    }
}

extension BacktestReport {
    package init(_ files: [BarFile], _ replays: [(name: String, replay: Replay)]) {
        // The same of all, since they have the same bars.
        let watches = replays.first?.replay.watches ?? []
        self.init(
            files: files.map(File.init), gaps: zip(watches, watches.dropFirst()).map(Gap.init),
            policies: replays.map { Run($0.replay, policy: $0.name) },
            differences: replays.count == 2 ? Self.differences(replays.map { FigureRanges($0.replay) }) : [])
    }

    private static func differences(_ of: [FigureRanges]) -> [Difference] {
        FigureRanges.differing(of[0], of[1]).map { name in
            Difference(
                slice: name.slice, class: name.className, figure: name.isCeiling ? "ceiling" : "guarantee",
                ranges: of.map { figures in
                    figures.ranges[name].map {
                        Difference.Range(leastBitsPerSecond: $0.lowerBound, mostBitsPerSecond: $0.upperBound)
                    }
                })
        }
    }
}

extension BacktestReport.File {
    fileprivate init(_ file: BarFile) {
        self.init(
            name: file.name, bars: file.bars.count, stepSeconds: Double(file.step) / 1e9, missing: file.missing,
            from: UTC(file.start).iso, until: UTC(file.end).iso)
    }
}

extension BacktestReport.Gap {
    fileprivate init(_ before: Replay.Watch, _ after: Replay.Watch) {
        self.init(
            from: UTC(before.end).iso, until: UTC(after.start).iso, seconds: Double(after.start - before.end) / 1e9)
    }
}

extension BacktestReport.Run {
    fileprivate init(_ replay: Replay, policy name: String) {
        let calm = ClassRates(replay.policy)
        self.init(
            policy: name, node: replay.policy.node, looks: replay.looks.count,
            watches: replay.watches.map { BacktestReport.Watch($0, replay) },
            changes: replay.changes.map { BacktestReport.Change($0, policy: replay.policy, calm: calm) },
            schedules: replay.schedules.map { event in
                BacktestReport.ScheduleEvent(
                    time: UTC(event.time).iso, schedule: event.name, until: event.end.map { UTC($0).iso },
                    quotas: calm.changes(to: event.overrides, in: replay.policy))
            }, secondsIn: BacktestReport.Seconds(),
            storms: replay.changes.count { $0.from < .storm && $0.look.regime >= .storm },
            worst: nil, alarms: replay.looks.count { $0.isAlarmed })
        for watch in replay.watches {
            let looks = replay.looks[watch.looks]
            for (look, next) in zip(looks, looks.dropFirst()) {
                secondsIn[look.regime] += Double(next.time - look.time) / 1e9
            }
        }
        var highest = -1.0
        for look in replay.looks {
            guard let volatility = look.volatility, volatility > highest else { continue }
            highest = volatility
            worst = BacktestReport.Worst(time: UTC(look.time).iso, volatility: volatility)
        }
    }
}

extension BacktestReport.Watch {
    fileprivate init(_ watch: Replay.Watch, _ replay: Replay) {
        let change = replay.changes.first { (watch.start...watch.end).contains($0.look.time) }?.look.time
        let full = (replay.policy.volatility?.estimator.baseline ?? .zero) / .seconds(1)
        self.init(
            from: UTC(watch.start).iso, until: UTC(watch.end).iso, firstChange: change.map { UTC($0).iso },
            baselineSeconds: watch.baselineSeconds, baselineFullSeconds: full)
        let isCompared = replay.policy.volatility?.triggers.values.contains { $0.overBaseline > 0 } ?? false
        if isCompared, baselineSeconds < full {
            let time = change.map { "at the first change, \(UTC($0).iso)" } ?? "when the bars ended, \(until)"
            warning =
                "the baseline had only \(spanText(baselineSeconds)) of \(spanText(full)) \(time): "
                + "give earlier bars in front"
        }
    }
}

extension BacktestReport.Change {
    fileprivate init(_ change: Replay.Change, policy: Policy, calm: ClassRates) {
        let look = change.look
        self.init(
            time: UTC(look.time).iso, from: change.from.rawValue, to: look.regime.rawValue, price: look.price,
            volatility: look.volatility, baseline: look.baseline, messageRate: look.messageRate,
            rateMultiple: look.rateMultiple, reason: change.reason,
            quotas: calm.changes(to: change.overrides, then: change.target, in: policy),
            quotasReached: change.settled.map { UTC($0).iso })
    }
}

extension ClassRates {
    /// What is not as in these, and what will not stay.
    fileprivate func changes(
        to overrides: [Override], then target: [Override]? = nil, in policy: Policy
    ) -> [BacktestReport.Quota] {
        let now = ClassRates(policy.applying(overrides))
        let next = target.map { ClassRates(policy.applying($0)) } ?? now
        return rows.indices.filter { now.rows[$0] != rows[$0] || next.rows[$0] != now.rows[$0] }.map { index in
            BacktestReport.Quota(now.rows[index], calm: rows[index], next: next.rows[index])
        }
    }
}

extension BacktestReport.Quota {
    fileprivate init(_ row: ClassRates.Row, calm: ClassRates.Row, next: ClassRates.Row) {
        self.init(
            slice: row.slice, class: row.className, guaranteeBitsPerSecond: row.guarantee,
            calmGuaranteeBitsPerSecond: calm.guarantee,
            nextGuaranteeBitsPerSecond: next.guarantee == row.guarantee ? nil : next.guarantee,
            ceilingBitsPerSecond: row.ceiling, calmCeilingBitsPerSecond: calm.ceiling,
            nextCeilingBitsPerSecond: next.ceiling == row.ceiling ? nil : next.ceiling)
    }
}
