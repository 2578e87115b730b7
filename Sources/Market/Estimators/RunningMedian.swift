/// The median of the last `capacity` numbers. Its memory is taken once.
package struct RunningMedian: Sendable {
    private var window: Window
    private var sorted: [Double]

    package init(_ capacity: Int) {
        window = Window(capacity)
        sorted = []
        sorted.reserveCapacity(window.capacity)
    }

    package var count: Int { window.count }

    /// The upper one of two; nil: there is none.
    package var value: Double? { sorted.isEmpty ? nil : sorted[sorted.count / 2] }

    /// Not a number is passed over.
    package mutating func add(_ number: Double) {
        guard !number.isNaN else { return }
        if window.isFull { sorted.remove(at: place(of: window[0])) }
        sorted.insert(number, at: place(of: number))
        window.add(number)
    }

    /// The first place whose number is not below it.
    private func place(of number: Double) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
