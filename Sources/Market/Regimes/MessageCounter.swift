/// Messages of the last minute, and of the minutes before: O(1) a message.
struct MessageCounter: Sendable {
    private static let seconds = 60

    private var counts = [Int](repeating: 0, count: seconds)
    private var index = 0
    private var intoSecond: Int64 = 0
    /// Seconds of this minute that are over.
    private var intoMinute = 0
    /// Of the last minute.
    private(set) var count = 0
    private(set) var rate: MessageRate

    init(_ rate: MessageRate = MessageRate()) { self.rate = rate }

    /// Messages that came when so much had passed since those before, ns.
    mutating func add(_ messages: Int, after passed: Int64) {
        if passed >= Int64(Self.seconds) * .second {
            restart()
        } else {
            intoSecond += passed
            while intoSecond >= .second {
                intoSecond -= .second
                endSecond()
            }
        }
        counts[index] += messages
        count += messages
        rate.see(Double(count))
    }

    /// A bar's, which is a minute or longer: messages of a minute of it.
    mutating func add(perMinute messages: Double) {
        restart()
        rate.add(messages)
    }

    /// The feed does not tell.
    mutating func forget() {
        restart()
        rate.forget()
    }

    private mutating func endSecond() {
        intoMinute += 1
        if intoMinute == Self.seconds {
            rate.add(Double(count))
            intoMinute = 0
        }
        index = index + 1 == Self.seconds ? 0 : index + 1
        count -= counts[index]
        counts[index] = 0
    }

    private mutating func restart() {
        guard count > 0 || intoMinute > 0 else { return }
        for second in counts.indices { counts[second] = 0 }
        (count, intoMinute, intoSecond) = (0, 0, 0)
    }
}
