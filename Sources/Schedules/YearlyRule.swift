/// The end of a time zone file (RFC 9636, section 3.3.1): the TZ variable of POSIX, `EST5EDT,M3.2.0,M11.1.0`.
struct YearlyRule: Sendable, Equatable {
    /// Seconds ahead of UTC.
    var standard: Int64
    /// nil: no daylight saving time.
    var daylight: Daylight?

    struct Daylight: Sendable, Equatable {
        var offset: Int64
        var start: Moment
        var end: Moment
    }

    /// A time of every year, on the clock before the change.
    struct Moment: Sendable, Equatable {
        var day: Day
        /// Seconds from midnight; also of other days.
        var time: Int64

        enum Day: Sendable, Equatable {
            /// 1...365; 29 February is never counted.
            case julian(Int64)
            /// 0...365.
            case zeroBased(Int64)
            /// Week 5 is the last.
            case weekday(month: Int, week: Int64, weekday: Int64)
        }
    }

    /// In seconds since 1970, by UTC; none where the offset is always the same.
    func changes(in year: Int64) -> [TimeZoneRules.Change] {
        guard let daylight else { return [] }
        return [
            .init(time: daylight.start.seconds(in: year) - standard, offset: daylight.offset),
            .init(time: daylight.end.seconds(in: year) - daylight.offset, offset: standard),
        ]
    }

    /// nil: no such rule.
    init?(parsing text: String) {
        var reader = Reader(rest: text.utf8[...])
        guard reader.name(), let west = reader.time() else { return nil }
        standard = -west
        guard !reader.rest.isEmpty else { return }
        guard reader.name() else { return nil }
        var offset = standard + 3600
        if reader.rest.first != UInt8(ascii: ",") {
            guard let west = reader.time() else { return nil }
            offset = -west
        }
        guard let start = reader.moment(), let end = reader.moment(), reader.rest.isEmpty else { return nil }
        daylight = Daylight(offset: offset, start: start, end: end)
    }
}

extension YearlyRule.Moment {
    /// Seconds since 1970 on that clock.
    fileprivate func seconds(in year: Int64) -> Int64 {
        let newYear = CalendarDay(year: year, month: 1, day: 1)
        let number: Int64
        switch day {
        case .julian(let day): number = newYear.number + day - 1 + (newYear.isLeapYear && day >= 60 ? 1 : 0)
        case .zeroBased(let day): number = newYear.number + day
        case .weekday(let month, let week, let weekday):
            let first = CalendarDay(year: year, month: month, day: 1).number
            let next = CalendarDay(year: month == 12 ? year + 1 : year, month: month % 12 + 1, day: 1).number
            let ahead = (weekday - Int64(CalendarDay.weekday(ofNumber: first)) + 7) % 7
            let wanted = first + ahead + (week - 1) * 7
            number = wanted >= next ? wanted - 7 : wanted
        }
        return number * 86400 + time
    }
}

private struct Reader {
    var rest: Substring.UTF8View

    private mutating func take(_ byte: Character) -> Bool {
        guard let wanted = byte.asciiValue, rest.first == wanted else { return false }
        rest.removeFirst()
        return true
    }

    /// `EST` or `<+03>`.
    mutating func name() -> Bool {
        if take("<") {
            rest = rest.drop { $0 != UInt8(ascii: ">") }
            return take(">")
        }
        let isLetter = { (byte: UInt8) in (0x61...0x7A).contains(byte | 0x20) }
        let length = rest.prefix(while: isLetter).count
        rest = rest.dropFirst(length)
        return length >= 3
    }

    mutating func number(_ range: ClosedRange<Int64>) -> Int64? {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard digits.count <= 3, let value = Int64(Substring(digits)), range.contains(value) else { return nil }
        rest = rest.dropFirst(digits.count)
        return value
    }

    /// `5`, `-3:30`, `+1:00:00`, in seconds.
    mutating func time() -> Int64? {
        let sign: Int64 = take("-") ? -1 : 1
        if sign == 1 { _ = take("+") }
        guard let hours = number(0...167) else { return nil }
        var seconds = hours * 3600
        for unit: Int64 in [60, 1] where take(":") {
            guard let part = number(0...59) else { return nil }
            seconds += part * unit
        }
        return sign * seconds
    }

    /// `,M3.2.0/2`, `,J60`, `,59`.
    mutating func moment() -> YearlyRule.Moment? {
        guard take(",") else { return nil }
        let day: YearlyRule.Moment.Day
        if take("M") {
            guard let month = number(1...12), take("."), let week = number(1...5), take("."),
                let weekday = number(0...6)
            else { return nil }
            day = .weekday(month: Int(month), week: week, weekday: weekday)
        } else if take("J") {
            guard let number = number(1...365) else { return nil }
            day = .julian(number)
        } else {
            guard let number = number(0...365) else { return nil }
            day = .zeroBased(number)
        }
        guard take("/") else { return .init(day: day, time: 7200) }
        return time().map { .init(day: day, time: $0) }
    }
}
