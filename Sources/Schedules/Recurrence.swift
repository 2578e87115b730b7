/// A while that begins again and again, by a place's clock. Times are nanoseconds since 1970.
package struct Recurrence: Sendable, Equatable {
    private let expression: CronExpression
    private let zone: TimeZoneRules
    /// Nanoseconds each time.
    private let length: Int64

    private static let second: Int64 = 1_000_000_000
    private static let minute: Int64 = 60 * second

    package init(_ expression: CronExpression, zone: TimeZoneRules, duration: Duration) {
        self.expression = expression
        self.zone = zone
        length = Int64(duration / .nanoseconds(1))
    }

    /// - Parameters:
    ///   - cron: as crontab(5) writes times.
    ///   - timeZone: an IANA name.
    package init(cron: String, timeZone: String, duration: Duration) throws(ScheduleError) {
        self.init(
            try CronExpression(parsing: cron), zone: try TimeZoneRules(named: timeZone), duration: duration)
    }

    /// When it next begins; nil: never, as far as anybody plans.
    package func next(after time: Int64) -> Int64? {
        let now = floorDivide(time, by: Self.second)
        let found = expression.followsClock ? nextOfClock(after: now) : nextOfDays(after: now)
        return found.map { $0 * Self.second }
    }

    /// When it last began, that moment included; nil: not in years.
    package func previous(at time: Int64) -> Int64? {
        func isBefore(_ minutes: Int64) -> Bool {
            next(after: time - minutes * Self.minute).map { $0 <= time } ?? false
        }
        let day: Int64 = 1440
        guard var far = [2, day, 35 * day, 366 * day, 9 * 366 * day].first(where: isBefore) else { return nil }
        var near: Int64 = 0
        while far - near > 1 {
            let middle = (far + near) / 2
            if isBefore(middle) { far = middle } else { near = middle }
        }
        return next(after: time - far * Self.minute)
    }

    /// When the while that is now ends, those that begin in it included; nil: there is none now. One that renews itself
    /// forever has an end that moves.
    package func end(at time: Int64) -> Int64? {
        guard let start = previous(at: time), start + length > time else { return nil }
        var end = start + length
        // More of them are the future's concern.
        for _ in 0..<100 {
            guard let more = next(after: end - length), more <= end else { break }
            end = more + length
        }
        return end
    }

    /// In seconds since 1970. Every minute that the clock shows counts, as often as it shows it.
    private func nextOfClock(after time: Int64) -> Int64? {
        var now = time + 1
        while true {
            let offset = zone.offset(at: now)
            guard let wall = expression.next(from: -floorDivide(-(now + offset), by: 60)) else { return nil }
            let found = wall * 60 - offset
            guard let change = zone.nextChange(after: now), change <= found else { return found }
            now = change
        }
    }

    /// In seconds since 1970. Every time of a day counts once, also where the clock leaves it out or shows it twice.
    private func nextOfDays(after time: Int64) -> Int64? {
        var wall = floorDivide(time + zone.offset(at: time), by: 60)
        while let next = expression.next(from: wall + 1) {
            let instant = zone.instant(ofWall: next * 60)
            if instant > time { return instant }
            wall = next
        }
        return nil
    }
}
