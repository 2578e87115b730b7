import Policy

/// A policy's schedules for one who goes through time in leaps: when to ask, and which are active.
struct ScheduleClock {
    fileprivate struct Entry {
        let timetable: Timetable
        /// The same times, but an hour each: active at the end of an hour in which the schedule begins.
        let hours: Timetable
        var active: Timetable.Active?
        /// When it may begin or end next, since 1970, ns.
        var due = Int64.min
    }

    /// A schedule that has begun, or ended.
    struct Event {
        var name: String
        /// Since 1970, ns; nil: it has ended.
        var end: Int64?
    }

    private var entries: [Entry]

    fileprivate static let minute: Int64 = 60_000_000_000
    fileprivate static let hour = 60 * minute

    init(_ schedules: [Schedule]) {
        entries = schedules.compactMap { schedule in
            var hourly = schedule
            hourly.duration = .seconds(3600)
            // The parser has tried them.
            guard let timetable = try? Timetable([schedule]), let hours = try? Timetable([hourly]) else { return nil }
            return Entry(timetable: timetable, hours: hours)
        }
    }

    /// When one of them may begin or end next, since 1970, ns; nil: there are none.
    var next: Int64? { entries.map(\.due).min() }

    /// In the file's order.
    var active: [Timetable.Active] { entries.compactMap(\.active) }

    /// What has begun or ended by now; nil: nothing is another than before.
    mutating func advance(to now: Int64) -> [Event]? {
        var (events, isChanged) = ([Event](), false)
        for index in entries.indices where entries[index].due <= now {
            let former = entries[index].active
            entries[index].ask(at: now)
            let active = entries[index].active
            guard active != former else { continue }
            isChanged = true
            if let active, former == nil { events.append(Event(name: active.schedule.name, end: active.end)) }
            if let former, active == nil { events.append(Event(name: former.schedule.name, end: nil)) }
        }
        return isChanged ? events : nil
    }
}

extension ScheduleClock.Entry {
    fileprivate mutating func ask(at now: Int64) {
        active = timetable.active(at: now).first
        if let active {
            due = active.end
        } else if hours.active(at: now + ScheduleClock.hour).isEmpty {
            due = now + ScheduleClock.hour
        } else {
            // Schedules begin at full minutes.
            due = (now / ScheduleClock.minute + 1) * ScheduleClock.minute
        }
    }
}
