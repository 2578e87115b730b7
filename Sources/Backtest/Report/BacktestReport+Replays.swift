import Policy

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
