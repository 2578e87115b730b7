/// Minutes of the calendar, as crontab(5) writes them: `0 0,8,16 * * *`.
package struct CronExpression: Sendable, Equatable {
    /// Bit n: minute n, and so on.
    let minutes: UInt64
    let hours: UInt64
    let days: UInt64
    let months: UInt64
    /// Bit 0 is Sunday.
    let weekdays: UInt64
    /// Days of the month and of the week are both restricted: then one of them is enough.
    let eitherDay: Bool
    /// Minute or hour begins with `*`: the times follow the clock, also where it is put forward or back. Others are
    /// times of a day, and that day has each of them once.
    package let followsClock: Bool

    /// A day in February may be eight years away, around 2100.
    private static let mostDays = 9 * 366

    /// The first match, in minutes since 1970 on the wall's clock, at `minute` or later; nil: never.
    func next(from minute: Int64) -> Int64? {
        var day = floorDivide(minute, by: 1440)
        var time = Int(minute - day * 1440)
        for _ in 0..<Self.mostDays {
            if matches(day: day), let found = firstTime(from: time) { return day * 1440 + Int64(found) }
            day += 1
            time = 0
        }
        return nil
    }

    private func matches(day number: Int64) -> Bool {
        let date = CalendarDay(number: number)
        guard months & 1 << date.month != 0 else { return false }
        let day = days & 1 << date.day != 0
        let weekday = weekdays & 1 << CalendarDay.weekday(ofNumber: number) != 0
        return eitherDay ? day || weekday : day && weekday
    }

    /// In minutes of a day.
    private func firstTime(from time: Int) -> Int? {
        let (hour, minute) = time.quotientAndRemainder(dividingBy: 60)
        if hours & 1 << hour != 0, let found = Self.first(minutes, from: minute) { return hour * 60 + found }
        return Self.first(hours, from: hour + 1).flatMap { later in
            Self.first(minutes, from: 0).map { later * 60 + $0 }
        }
    }

    /// The lowest bit that is set, of those from `bit` on.
    private static func first(_ set: UInt64, from bit: Int) -> Int? {
        let rest = bit > 63 ? 0 : set & (~0 << bit)
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }
}
