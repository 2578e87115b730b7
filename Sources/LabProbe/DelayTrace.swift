import FoundationEssentials

/// Datagrams that arrived, one by one, in a file of lines `number time delay`.
package struct DelayTrace {
    package struct Arrival: Equatable {
        package var sequence: UInt64
        /// ns of CLOCK_REALTIME.
        package var sentAt: UInt64
        /// ns.
        package var delay: UInt64

        package init(sequence: UInt64, sentAt: UInt64, delay: UInt64) {
            self.sequence = sequence
            self.sentAt = sentAt
            self.delay = delay
        }
    }

    package var arrivals: [Arrival] = []

    package init(_ arrivals: [Arrival] = []) { self.arrivals = arrivals }

    /// `arrival`: ns of CLOCK_REALTIME.
    mutating func add(_ datagram: Datagram, at arrival: UInt64) {
        let delay = arrival > datagram.sentAt ? arrival - datagram.sentAt : 0
        arrivals.append(Arrival(sequence: datagram.sequence, sentAt: datagram.sentAt, delay: delay))
    }

    /// When those were sent that did not come, guessed from the one before: they go at a steady rate.
    package var losses: [UInt64] {
        let sorted = arrivals.sorted { $0.sequence < $1.sequence }
        guard let first = sorted.first, let last = sorted.last, last.sequence > first.sequence else { return [] }
        let interval = (last.sentAt - min(first.sentAt, last.sentAt)) / (last.sequence - first.sequence)
        return zip(sorted, sorted.dropFirst()).flatMap { before, after in
            (1..<max(after.sequence - before.sequence, 1)).map { before.sentAt + $0 * interval }
        }
    }

    func write(to path: String) throws {
        var text = ""
        for arrival in arrivals { text += "\(arrival.sequence) \(arrival.sentAt) \(arrival.delay)\n" }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    init(reading path: String) throws {
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            let numbers = line.split(separator: " ").compactMap { UInt64($0) }
            guard numbers.count == 3 else { throw UnreadableReport(file: path, reason: "\(line)") }
            arrivals.append(Arrival(sequence: numbers[0], sentAt: numbers[1], delay: numbers[2]))
        }
    }
}
