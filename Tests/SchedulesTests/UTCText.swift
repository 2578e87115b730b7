@testable import Schedules

/// `2024-03-10 07:00` by UTC, to nanoseconds since 1970 and back.
enum UTCText {
    static func time(_ text: String) -> Int64 {
        let numbers = text.split { " -:".contains($0) }.compactMap { Int64($0) }
        let day = CalendarDay(year: numbers[0], month: Int(numbers[1]), day: Int(numbers[2])).number
        return (day * 86400 + numbers[3] * 3600 + numbers[4] * 60) * 1_000_000_000
    }

    static func text(_ time: Int64) -> String {
        let minutes = time / 60_000_000_000
        let date = CalendarDay(number: floorDivide(minutes, by: 1440))
        let rest = Int(minutes - date.number * 1440)
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(date.year)-\(two(date.month))-\(two(date.day)) \(two(rest / 60)):\(two(rest % 60))"
    }
}
