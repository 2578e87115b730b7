import Testing

@testable import Schedules

@Suite struct RecurrenceTests {
    private static func recurrence(
        _ cron: String, in zone: TimeZoneRules = .utc, for duration: Duration = .seconds(900)
    ) throws -> Recurrence {
        Recurrence(try CronExpression(parsing: cron), zone: zone, duration: duration)
    }

    /// The first `count` beginnings after a time.
    private static func times(_ recurrence: Recurrence, after text: String, count: Int) -> [String] {
        var time = UTCText.time(text)
        return (0..<count).compactMap { _ in
            guard let next = recurrence.next(after: time) else { return nil }
            time = next
            return UTCText.text(next)
        }
    }

    static let nexts: [(cron: String, after: String, times: [String])] = [
        ("0 0,8,16 * * *", "2024-02-28 16:00", ["2024-02-29 00:00", "2024-02-29 08:00", "2024-02-29 16:00"]),
        ("*/20 * * * *", "2023-12-31 23:39", ["2023-12-31 23:40", "2024-01-01 00:00", "2024-01-01 00:20"]),
        ("30 9 * * mon-fri", "2024-05-31 12:00", ["2024-06-03 09:30", "2024-06-04 09:30"]),
        ("0 0 29 2 *", "2096-03-01 00:00", ["2104-02-29 00:00"]),
        ("0 0 31 * *", "2024-03-31 00:00", ["2024-05-31 00:00", "2024-07-31 00:00"]),
        // Either day is enough where both are restricted: the 13th, and Fridays.
        ("0 0 13 * 5", "2024-09-01 00:00", ["2024-09-06 00:00", "2024-09-13 00:00", "2024-09-20 00:00"]),
        ("0 0 13 * 5", "2024-10-11 00:00", ["2024-10-13 00:00", "2024-10-18 00:00"]),
        // With a star, even one with a step, both have to be: Fridays on odd days.
        ("0 0 */2 * 5", "2024-09-01 00:00", ["2024-09-13 00:00", "2024-09-27 00:00"]),
        ("@yearly", "1969-12-31 23:59", ["1970-01-01 00:00", "1971-01-01 00:00"]),
    ]

    @Test(arguments: nexts) func `by UTC`(_ row: (cron: String, after: String, times: [String])) throws {
        let recurrence = try Self.recurrence(row.cron)
        #expect(Self.times(recurrence, after: row.after, count: row.times.count) == row.times)
    }

    private static let newYork = TimeZoneRules(
        firstOffset: -18000, changes: [], rule: YearlyRule(parsing: "EST5EDT,M3.2.0,M11.1.0"))

    /// In New York 2024-03-10 02:00 EST is 03:00 EDT (07:00 UTC), and 2024-11-03 02:00 EDT is 01:00 EST (06:00 UTC).
    static let daylight: [(cron: String, after: String, times: [String])] = [
        ("30 9 * * *", "2024-03-09 00:00", ["2024-03-09 14:30", "2024-03-10 13:30"]),
        // A time of the day that is left out is the moment of the change.
        ("30 2 * * *", "2024-03-09 12:00", ["2024-03-10 07:00", "2024-03-11 06:30"]),
        ("15,45 2 * * *", "2024-03-09 12:00", ["2024-03-10 07:00", "2024-03-11 06:15", "2024-03-11 06:45"]),
        // One that comes twice counts once.
        ("30 1 * * *", "2024-11-02 12:00", ["2024-11-03 05:30", "2024-11-04 06:30"]),
        ("0 2 * * *", "2024-11-03 05:30", ["2024-11-03 07:00"]),
        // What follows the clock comes as often as the clock shows it.
        ("30 * * * *", "2024-11-03 04:30", ["2024-11-03 05:30", "2024-11-03 06:30", "2024-11-03 07:30"]),
        ("0 * * * *", "2024-03-10 05:00", ["2024-03-10 06:00", "2024-03-10 07:00", "2024-03-10 08:00"]),
        ("*/30 2 * * *", "2024-03-09 12:00", ["2024-03-11 06:00", "2024-03-11 06:30"]),
    ]

    @Test(arguments: daylight) func `where clocks are put forward and back`(
        _ row: (cron: String, after: String, times: [String])
    ) throws {
        let recurrence = try Self.recurrence(row.cron, in: Self.newYork)
        #expect(Self.times(recurrence, after: row.after, count: row.times.count) == row.times)
    }

    @Test func `the last one is the latest whose next one is later`() throws {
        for (cron, zone) in [
            ("0 0,8,16 * * *", TimeZoneRules.utc), ("* * * * *", .utc), ("30 2 * * *", Self.newYork),
            ("30 * * * *", Self.newYork), ("0 0 29 2 *", .utc),
        ] {
            let recurrence = try Self.recurrence(cron, in: zone)
            for offset: Int64 in [0, 1, 59_999_999_999, 60_000_000_000, 90 * 60_000_000_000, 86_400_000_000_000] {
                let time = UTCText.time("2024-03-10 06:30") + offset
                let last = try #require(recurrence.previous(at: time))
                #expect(last <= time)
                #expect(try #require(recurrence.next(after: last)) > time, "\(cron)")
                #expect(recurrence.next(after: last - 1) == last)
            }
        }
    }

    @Test func `active from its beginning, and not any more at its end`() throws {
        let recurrence = try Self.recurrence("0 0,8,16 * * *")
        let start = UTCText.time("2024-01-01 08:00"), end = UTCText.time("2024-01-01 08:15")
        #expect(recurrence.end(at: start - 1) == nil)
        #expect(recurrence.end(at: start) == end)
        #expect(recurrence.end(at: end - 1) == end)
        #expect(recurrence.end(at: end) == nil)
    }

    @Test func `one that begins again before it ends lasts on`() throws {
        let recurrence = try Self.recurrence("0,10,15 8 * * *")
        #expect(recurrence.end(at: UTCText.time("2024-01-01 08:00")) == UTCText.time("2024-01-01 08:30"))
        let always = try Self.recurrence("*/5 * * * *")
        #expect(try #require(always.end(at: UTCText.time("2024-01-01 08:00"))) > UTCText.time("2024-01-01 09:00"))
    }
}
