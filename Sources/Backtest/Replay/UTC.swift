/// A moment as people write it, in UTC.
struct UTC: Equatable {
    var year: Int
    /// 1...12.
    var month: Int
    var day: Int
    var hour: Int
    var minute: Int
    var second: Int

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// - Parameter time: Since 1970, ns.
    init(_ time: Int64) {
        let seconds = Int(time.floored(by: 1_000_000_000))
        let days = Int(Int64(seconds).floored(by: 86400))
        let ofDay = seconds - days * 86400
        (hour, minute, second) = (ofDay / 3600, ofDay / 60 % 60, ofDay % 60)
        // Days from the civil calendar's era of 400 years, which begins in March (Hinnant's algorithm).
        let shifted = days + 719_468
        let era = Int(Int64(shifted).floored(by: 146_097))
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// `2021-04-18T03:18:00Z`.
    var iso: String { "\(year)-\(two(month))-\(two(day))T\(clock):\(two(second))Z" }
    /// `03:18`.
    var clock: String { "\(two(hour)):\(two(minute))" }
    /// `03:18:05`.
    var clockWithSeconds: String { "\(clock):\(two(second))" }
    /// `18 Apr`.
    var date: String { "\(day) \(Self.months[month - 1])" }

    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension Int64 {
    /// The quotient, rounded down.
    fileprivate func floored(by divisor: Int64) -> Int64 {
        self / divisor - (self % divisor < 0 ? 1 : 0)
    }
}
