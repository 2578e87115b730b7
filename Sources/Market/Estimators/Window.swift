/// The last `capacity` numbers, oldest first. Its memory is taken once.
package struct Window: Sendable {
    package let capacity: Int
    private var numbers: [Double]
    /// Where the oldest is, once it is full.
    private var head = 0

    /// Of at least one number.
    package init(_ capacity: Int) {
        self.capacity = max(capacity, 1)
        numbers = []
        numbers.reserveCapacity(self.capacity)
    }

    package var count: Int { numbers.count }
    package var isFull: Bool { numbers.count == capacity }

    /// 0 is the oldest.
    package subscript(age: Int) -> Double {
        let index = head + age
        return numbers[index < capacity ? index : index - capacity]
    }

    /// In the place of the oldest, where it is full.
    package mutating func add(_ number: Double) {
        guard isFull else { return numbers.append(number) }
        numbers[head] = number
        head = head + 1 == capacity ? 0 : head + 1
    }

    /// Added up anew each time: a running sum of logarithms that are nearly nothing would drift.
    package var sum: Double { numbers.reduce(0, +) }
    package var sumOfSquares: Double { numbers.reduce(0) { $0 + $1 * $1 } }
    package var mean: Double { sum / Double(count) }

    /// About the mean, over n - 1.
    package var sampleVariance: Double {
        let mean = mean
        return numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)
    }
}
