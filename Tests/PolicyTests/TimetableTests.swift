import Testing

@testable import Policy

@Suite struct TimetableTests {
    private static let minute: Int64 = 60_000_000_000
    /// 2024-01-01 00:00 UTC, a Monday.
    private static let newYear: Int64 = 1_704_067_200_000_000_000

    private func schedule(_ name: String, _ cron: String, minutes: Int, in zone: String = "UTC") -> Schedule {
        Schedule(name: name, cron: cron, timeZone: zone, duration: .seconds(60 * minutes), quotas: Quotas())
    }

    @Test func `those that are active, with their ends`() throws {
        let table = try Timetable([
            schedule("funding", "0 0,8,16 * * *", minutes: 15), schedule("early", "5 0 * * mon", minutes: 60),
        ])
        func active(_ minutes: Int64) -> [String] {
            table.active(at: Self.newYear + minutes * Self.minute).map {
                "\($0.schedule.name) to \(($0.end - Self.newYear) / Self.minute)"
            }
        }
        #expect(active(-1) == [])
        #expect(active(0) == ["funding to 15"])
        #expect(active(5) == ["funding to 15", "early to 65"])
        #expect(active(15) == ["early to 65"])
        #expect(active(65) == [])
    }

    @Test func `without schedules nothing is active`() throws {
        let table = try Timetable([])
        #expect(table.active(at: Self.newYear) == [])
    }

    @Test func `a zone that is not known, or an expression that is none, is refused`() {
        #expect(throws: ValueError.self) { try Timetable([schedule("a", "@daily", minutes: 1, in: "Europe/Atlantis")]) }
        #expect(throws: ValueError.self) { try Timetable([schedule("a", "daily", minutes: 1)]) }
    }
}
