import Glibc

/// Realised variance of ticks: squared returns between the prices that were in force at the points of a grid (previous
/// tick), which ends at the last price's second.
package struct GridVariance: Sendable {
    /// s.
    private let step: Int
    private let points: Int
    /// The price in force at the end of each second, the last one's too.
    private var prices: Window
    private var last: (second: Int64, price: Double)?

    /// Over the last `span`, at every `step`, s.
    package init(span: Int = 300, step: Int = 10) {
        self.step = max(step, 1)
        points = max(span / self.step, 1)
        prices = Window(points * self.step)
    }

    /// A price that is none, or of an earlier second than the last, is passed over. `time`: ns.
    package mutating func add(price: Double, time: Int64) {
        guard price > 0, price.isFinite else { return }
        let second = time.second
        if let last {
            let passed = second.since(last.second)
            guard passed >= 0 else { return }
            for _ in 0..<min(passed, Int64(prices.capacity)) { prices.add(last.price) }
        }
        last = (second, price)
    }

    /// nil: no price is as old as the grid is long.
    package var value: Double? {
        guard prices.isFull, let last else { return nil }
        var sum = 0.0
        for point in 1...points {
            let price = point == points ? last.price : prices[point * step]
            let change = log(price / prices[(point - 1) * step])
            sum += change * change
        }
        return sum
    }
}
