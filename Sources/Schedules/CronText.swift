extension CronExpression {
    private static let shorthands = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    /// Five fields (minute, hour, day of the month, month, day of the week) or a shorthand such as `@hourly`.
    package init(parsing text: String) throws(ScheduleError) {
        let words = text.split { $0 == " " || $0 == "\t" }
        if let word = words.first, word.first == "@" {
            guard words.count == 1, let fields = Self.shorthands[word.lowercased()] else {
                let known = "write five fields, or one of \(Self.shorthands.keys.sorted().joined(separator: ", "))"
                throw ScheduleError(
                    word.lowercased() == "@reboot"
                        ? "\"@reboot\" is no time: a schedule begins at times of the clock"
                        : "\(quoted(text)) is no time", remedy: known)
            }
            try self.init(parsing: fields)
            return
        }
        guard words.count == CronField.all.count else {
            throw ScheduleError(
                "\(quoted(text)) has \(words.count) fields, not five",
                remedy: "write minute, hour, day of the month, month and day of the week, such as \"0 0,8,16 * * *\"")
        }
        var sets: [UInt64] = []
        for (field, word) in zip(CronField.all, words) { sets.append(try field.parse(word)) }
        let eitherDay = words[2].first != "*" && words[4].first != "*"
        let longest = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        let first = sets[2].trailingZeroBitCount
        guard eitherDay || (1...12).contains(where: { sets[3] & 1 << $0 != 0 && first <= longest[$0] }) else {
            throw ScheduleError(
                "\(quoted(text)) never comes: no such month has a day \(first)", remedy: "correct the day or the month")
        }
        self.init(
            minutes: sets[0], hours: sets[1], days: sets[2], months: sets[3],
            // Sunday is 0 and 7.
            weekdays: (sets[4] | sets[4] >> 7) & 0x7F, eitherDay: eitherDay,
            followsClock: words[0].first == "*" || words[1].first == "*")
    }
}

/// One of the five.
private struct CronField {
    var name: String
    var range: ClosedRange<Int>
    /// In order, from `range.lowerBound` on.
    var words: [String] = []

    static let all = [
        CronField(name: "minute", range: 0...59), CronField(name: "hour", range: 0...23),
        CronField(name: "day of the month", range: 1...31),
        CronField(
            name: "month", range: 1...12,
            words: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
        CronField(
            name: "day of the week", range: 0...7, words: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ]

    /// `*`, `5`, `1-5`, `*/10`, `mon-fri`, `0-30/10`, and lists of them.
    func parse(_ text: Substring) throws(ScheduleError) -> UInt64 {
        var set: UInt64 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) { set |= try parse(part: part) }
        return set
    }

    private func parse(part: Substring) throws(ScheduleError) -> UInt64 {
        let pieces = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let span = try parse(span: pieces[0], hasStep: pieces.count > 1)
        var step = 1
        if pieces.count > 1 {
            guard pieces[1].utf8.allSatisfy(isDigit), let number = Int(pieces[1]), (1...span.count).contains(number)
            else {
                throw ScheduleError(
                    "\(quoted(pieces[1])) is no step of the \(name) \(quoted(pieces[0]))",
                    remedy: "write 1 to \(span.count)")
            }
            step = number
        }
        return stride(from: span.lowerBound, through: span.upperBound, by: step).reduce(0) { $0 | 1 << $1 }
    }

    private func parse(span: Substring, hasStep: Bool) throws(ScheduleError) -> ClosedRange<Int> {
        if span == "*" { return name == "day of the week" ? 0...6 : range }
        let ends = span.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let first = try number(ends[0])
        guard ends.count > 1 else {
            if hasStep {
                throw ScheduleError(
                    "the \(name) \(quoted(span)) has a step, but no end",
                    remedy: "write \(first)-\(range.upperBound)/STEP")
            }
            return first...first
        }
        var last = try number(ends[1])
        // A week may end with its Sunday: sat-sun.
        if name == "day of the week", last == 0, first > 0 { last = 7 }
        guard first <= last else {
            throw ScheduleError(
                "the \(name) \(quoted(span)) runs backwards",
                remedy: "write \(first)-\(range.upperBound),\(range.lowerBound)-\(last)")
        }
        return first...last
    }

    private func number(_ text: Substring) throws(ScheduleError) -> Int {
        if let place = words.firstIndex(of: text.lowercased()) { return range.lowerBound + place }
        guard !text.isEmpty, text.utf8.allSatisfy(isDigit), let number = Int(text), range.contains(number) else {
            let names = words.isEmpty ? "" : ", or \(words[0]) to \(words[words.count - 1])"
            throw ScheduleError(
                "\(quoted(text)) is no \(name)", remedy: "write \(range.lowerBound) to \(range.upperBound)\(names)")
        }
        return number
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
