/// What text, page and picture say alike.
extension BacktestReport.Gap {
    package var text: String {
        "gap of \(spanText(seconds)) between \(from) and \(until): the market is watched anew"
    }
}

extension BacktestReport.Run {
    /// A change of the regime, or a schedule's begin or end.
    package enum Row {
        case change(BacktestReport.Change)
        case schedule(BacktestReport.ScheduleEvent)

        fileprivate var time: String {
            switch self {
            case .change(let change): change.time
            case .schedule(let event): event.time
            }
        }
    }

    /// In order of time; at the same time schedules first, as the market's quotas go over theirs.
    package var rows: [Row] {
        var rows: [Row] = []
        var rest = schedules[...]
        for change in changes {
            let before = rest.prefix { $0.time <= change.time }
            rest = rest.dropFirst(before.count)
            rows += before.map(Row.schedule) + [.change(change)]
        }
        return rows + rest.map(Row.schedule)
    }
}

extension BacktestReport.ScheduleEvent {
    package var title: String { "schedule \(schedule) " + (until.map { "until \($0)" } ?? "has ended") }
}

extension BacktestReport.Change {
    /// `12:24:10`, or with the date where it is another day.
    private var reachedAt: String? {
        quotasReached.map { $0.prefix(10) == time.prefix(10) ? String($0.dropFirst(11).dropLast()) : $0 }
    }

    /// `perp bulk, ceiling 47.5mbit, going to 475mbit by 12:24:10 (calm 950mbit)`.
    package func texts(_ rate: (UInt64) -> String) -> [String] { quotas.map { $0.text(reachedAt: reachedAt, rate) } }
}

extension BacktestReport.Quota {
    /// - Parameter reachedAt: When it is what it goes to; nil: never.
    package func text(reachedAt: String? = nil, _ rate: (UInt64) -> String) -> String {
        func figure(_ name: String, _ now: UInt64?, calm: UInt64?, next: UInt64?) -> String {
            guard let now, let calm, now != calm || next != nil else { return "" }
            let way = next.map { ", going to \(rate($0))" + (reachedAt.map { " by \($0)" } ?? "") } ?? ""
            return ", \(name) \(rate(now))\(way)" + ((next ?? now) == calm ? "" : " (calm \(rate(calm)))")
        }
        return "\(slice) \(self.class)"
            + figure(
                "guarantee", guaranteeBitsPerSecond, calm: calmGuaranteeBitsPerSecond, next: nextGuaranteeBitsPerSecond)
            + figure("ceiling", ceilingBitsPerSecond, calm: calmCeilingBitsPerSecond, next: nextCeilingBitsPerSecond)
    }
}
