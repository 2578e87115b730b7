/// Which times bars may have. Whoever takes one of these can add a step, or count in nanoseconds, without an overflow.
enum BarTimes {
    /// 1971 to 2115, since 1970. A time in seconds or microseconds is never one of these.
    static let milliseconds: Range<Int64> = 31_536_000_000..<4_607_280_000_000
    /// A week, ns.
    static let longestStep: Int64 = 7 * 86_400_000_000_000

    /// The unit in which a number that is no such time would be one.
    static func guess(_ number: Int64) -> (unit: String, milliseconds: Int64)? {
        if number < milliseconds.lowerBound {
            return milliseconds.contains(number * 1000) ? ("seconds", number * 1000) : nil
        }
        for (unit, parts) in [("microseconds", 1000 as Int64), ("nanoseconds", 1_000_000)]
        where milliseconds.contains(number / parts) {
            return (unit, number / parts)
        }
        return nil
    }
}
