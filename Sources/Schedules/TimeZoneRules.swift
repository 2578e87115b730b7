/// What a place's clocks are ahead of UTC, and when that changes.
package struct TimeZoneRules: Sendable, Equatable {
    /// In ascending order, seconds since 1970.
    private let changes: [Change]
    /// Before the first of them, in seconds.
    private let firstOffset: Int64
    /// After the last of them; nil: nothing changes any more.
    private let rule: YearlyRule?

    struct Change: Sendable, Equatable {
        var time: Int64
        /// From then on: seconds ahead of UTC.
        var offset: Int64
    }

    package static let utc = TimeZoneRules(firstOffset: 0, changes: [], rule: nil)

    init(firstOffset: Int64, changes: [Change], rule: YearlyRule?) {
        self.firstOffset = firstOffset
        self.changes = changes
        self.rule = rule
    }

    /// Seconds ahead of UTC at a time, in seconds since 1970.
    package func offset(at time: Int64) -> Int64 {
        let count = passed(time)
        if count == changes.count, let change = yearly(around: time).last(where: { $0.time <= time }) {
            return change.offset
        }
        return count == 0 ? firstOffset : changes[count - 1].offset
    }

    /// When the offset may next be another.
    func nextChange(after time: Int64) -> Int64? {
        let count = passed(time)
        return count < changes.count ? changes[count].time : yearly(around: time).first { $0.time > time }?.time
    }

    /// When the clock on the wall first shows a time, in seconds since 1970. One that it leaves out, as it is put
    /// forward, is the moment at which it is.
    func instant(ofWall wall: Int64) -> Int64 {
        // No clock is a day and two hours ahead.
        var start = wall - 26 * 3600
        while true {
            let offset = offset(at: start)
            guard let end = nextChange(after: start), wall >= end + offset else { return max(wall - offset, start) }
            start = end
        }
    }

    /// How many of `changes` have been.
    private func passed(_ time: Int64) -> Int {
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The rule's changes of some years, those that come after `changes`.
    private func yearly(around time: Int64) -> [Change] {
        guard let rule else { return [] }
        let year = CalendarDay(number: floorDivide(time, by: 86400)).year
        let last = changes.last?.time ?? .min
        return (year - 1...year + 1).flatMap(rule.changes).sorted { $0.time < $1.time }.filter { $0.time > last }
    }
}
