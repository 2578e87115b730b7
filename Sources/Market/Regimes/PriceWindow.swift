/// Highest and lowest price of a span that rolls in steps: O(1) a price.
struct PriceWindow: Sendable {
    static let steps = 60

    private var highs = [Double](repeating: 0, count: steps)
    private var lows = [Double](repeating: .infinity, count: steps)
    /// The step that is not over.
    private(set) var index = 0
    private(set) var high = 0.0
    private(set) var low = Double.infinity

    /// Whether the price is a new extreme of the window.
    mutating func add(_ price: Double) -> Bool {
        guard price > high || price < low else {
            // Inside the window, and perhaps outside of this step of it.
            if price > highs[index] { highs[index] = price }
            if price < lows[index] { lows[index] = price }
            return false
        }
        highs[index] = max(highs[index], price)
        lows[index] = min(lows[index], price)
        high = max(high, price)
        low = min(low, price)
        return true
    }

    /// Begins the next step with the price in force, in the place of the oldest.
    mutating func roll(price: Double) {
        index = index + 1 == Self.steps ? 0 : index + 1
        let (oldHigh, oldLow) = (highs[index], lows[index])
        (highs[index], lows[index]) = (price, price)
        if oldHigh >= high { high = highs.reduce(0, max) }
        if oldLow <= low { low = lows.reduce(.infinity, min) }
    }

    /// Nothing but the price in force.
    mutating func restart(price: Double) {
        for step in 0..<Self.steps { (highs[step], lows[step]) = (0, .infinity) }
        (highs[index], lows[index]) = (price, price)
        (high, low) = (price, price)
    }
}
