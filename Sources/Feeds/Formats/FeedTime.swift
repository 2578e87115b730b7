import Schedules

/// Times as feeds write them, in ns since 1970.
enum FeedTime {
    /// The first that is too late (2116): whoever subtracts two times must not overflow.
    private static let end: Int64 = 1 << 62

    /// - Parameter places: 9 for seconds, 6 for milliseconds.
    static func nanoseconds(_ number: JSONNumber, places: Int) throws(MalformedMessage) -> Int64 {
        guard let time = number.scaled(by: places), time < end else { throw .impossible("time") }
        return time
    }

    /// `2021-04-17T16:43:30.244075Z`, or with an offset such as `+02:00` in the place of the Z (RFC 3339).
    static func nanoseconds(_ text: JSONString, _ bytes: Span<UInt8>) throws(MalformedMessage) -> Int64 {
        guard let time = parse(text.range, bytes), time >= 0, time < end else { throw .impossible("time") }
        return time
    }

    private static func parse(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Int64? {
        let start = range.lowerBound
        // A digit is the least behind the point, and the Z is the shortest zone.
        guard range.count >= 20,
            bytes[start + 4] == UInt8(ascii: "-"), bytes[start + 7] == UInt8(ascii: "-"),
            bytes[start + 10] | 0x20 == UInt8(ascii: "t"),
            bytes[start + 13] == UInt8(ascii: ":"), bytes[start + 16] == UInt8(ascii: ":"),
            let century = pair(bytes, start), let year = pair(bytes, start + 2),
            let month = pair(bytes, start + 5), let day = pair(bytes, start + 8),
            let hour = pair(bytes, start + 11), let minute = pair(bytes, start + 14),
            let second = pair(bytes, start + 17),
            // To 2199: what is later overflows, from 2262 on; whatever is not now is refused by the caller.
            (19...21).contains(century), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }

        var place = start + 19
        var fraction: Int64 = 0
        if bytes[place] == UInt8(ascii: ".") {
            place += 1
            let first = place
            var unit: Int64 = 100_000_000
            while place < range.upperBound, bytes[place].isDigit {
                fraction += unit * Int64(bytes[place] - UInt8(ascii: "0"))
                unit /= 10
                place += 1
            }
            guard place > first else { return nil }
        }
        guard let offset = zone(place..<range.upperBound, bytes) else { return nil }
        let date = CalendarDay(year: century * 100 + year, month: Int(month), day: Int(day))
        let seconds = date.number * 86400 + hour * 3600 + minute * 60 + second - offset
        return seconds * 1_000_000_000 + fraction
    }

    /// Seconds east of Greenwich.
    private static func zone(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Int64? {
        guard let sign = range.first.map({ bytes[$0] }) else { return nil }
        if range.count == 1 { return sign | 0x20 == UInt8(ascii: "z") ? 0 : nil }
        guard range.count == 6, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
            bytes[range.lowerBound + 3] == UInt8(ascii: ":"),
            let hours = pair(bytes, range.lowerBound + 1), let minutes = pair(bytes, range.lowerBound + 4),
            hours < 24, minutes < 60
        else { return nil }
        let seconds = hours * 3600 + minutes * 60
        return sign == UInt8(ascii: "-") ? -seconds : seconds
    }

    private static func pair(_ bytes: Span<UInt8>, _ place: Int) -> Int64? {
        guard bytes[place].isDigit, bytes[place + 1].isDigit else { return nil }
        return Int64(bytes[place] - UInt8(ascii: "0")) * 10 + Int64(bytes[place + 1] - UInt8(ascii: "0"))
    }
}
