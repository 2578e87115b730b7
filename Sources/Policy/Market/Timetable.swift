import Schedules

/// When the schedules of a policy are active. Pure but for the zones, which are read once.
package struct Timetable: Sendable {
    private let entries: [(schedule: Schedule, recurrence: Recurrence)]

    /// A schedule that is active, and until when, in nanoseconds since 1970. Where it begins again before it ends, it
    /// ends with the last one that is known to.
    package struct Active: Sendable, Equatable {
        package var schedule: Schedule
        package var end: Int64
    }

    /// - Throws: `ValueError` for what `PolicyParser` refuses, and where a time zone has gone from the machine since.
    package init(_ schedules: [Schedule]) throws(ValueError) {
        var entries: [(Schedule, Recurrence)] = []
        for schedule in schedules { entries.append((schedule, try schedule.recurrence())) }
        self.entries = entries
    }

    /// In the file's order: later ones go over earlier ones.
    package func active(at time: Int64) -> [Active] {
        entries.compactMap { entry in
            entry.recurrence.end(at: time).map { Active(schedule: entry.schedule, end: $0) }
        }
    }
}

extension Timetable.Active {
    /// What it changes.
    ///
    /// - Parameter text: `funding until 08:10`, in the words of whoever shows it.
    package func overrides(_ text: String) -> [Override] { schedule.quotas.overrides(reason: "schedule: \(text)") }
}

extension Policy {
    /// Of schedules that are active together, those that fit over those before them in every regime; and those that do
    /// not, with why. The parser has tried each alone, and not what overlaps only now and then.
    package func fitting(_ active: [Timetable.Active]) -> (standing: [Timetable.Active], refused: [String]) {
        guard active.count > 1 else { return (active, []) }
        let own = Bandwidth(self)
        let regimes = volatility.map { volatility in Regime.allCases.map(volatility.allQuotas) } ?? [Quotas()]
        var (standing, refused) = ([Timetable.Active](), [String]())
        var quotas = Quotas()
        for entry in active {
            let together = entry.schedule.quotas.over(quotas)
            if let problem = regimes.lazy.compactMap({ problems(of: $0.over(together), over: own).first }).first {
                refused.append("schedule \(entry.schedule.name) does not fit over those before it: \(problem.message)")
            } else {
                quotas = together
                standing.append(entry)
            }
        }
        return (standing, refused)
    }
}

extension Schedule {
    /// - Throws: `ValueError`: no expression, or no zone that this machine knows.
    func recurrence() throws(ValueError) -> Recurrence {
        Recurrence(
            try Self.expression(cron), zone: try Self.zone(timeZone), duration: duration)
    }

    static func expression(_ text: String) throws(ValueError) -> CronExpression {
        do throws(ScheduleError) {
            return try CronExpression(parsing: text)
        } catch {
            throw ValueError(error.message, remedy: error.remedy)
        }
    }

    static func zone(_ name: String) throws(ValueError) -> TimeZoneRules {
        do throws(ScheduleError) {
            return try TimeZoneRules(named: name)
        } catch {
            let guess = nearest(to: name, among: TimeZoneRules.names()).map { "did you mean \(quoted($0))?" }
            throw ValueError(error.message, remedy: guess ?? error.remedy)
        }
    }
}
