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
