/// From values to places, bottom to top.
struct ValueScale {
    let low: Double
    let high: Double
    let top: Double
    let bottom: Double
    let isLogarithmic: Bool

    /// A range with a little room around it.
    init(linear range: ClosedRange<Double>, fromZero: Bool = false, top: Double, bottom: Double) {
        let room = max((range.upperBound - range.lowerBound) * 0.06, abs(range.upperBound) * 1e-6)
        low = fromZero ? 0 : range.lowerBound - room
        high = range.upperBound + (fromZero ? range.upperBound * 0.08 : room)
        (self.top, self.bottom) = (top, bottom)
        isLogarithmic = false
    }

    init(logarithmic range: ClosedRange<Double>, top: Double, bottom: Double) {
        low = max(range.lowerBound, 1e-9) / 1.15
        high = max(range.upperBound, 1e-9) * 1.15
        (self.top, self.bottom) = (top, bottom)
        isLogarithmic = true
    }

    func y(_ value: Double) -> Double {
        let clamped = min(max(value, low), high)
        let part =
            isLogarithmic
            ? (logarithm(clamped) - logarithm(low)) / (logarithm(high) - logarithm(low))
            : (clamped - low) / max(high - low, .leastNormalMagnitude)
        return bottom - (bottom - top) * part
    }

    /// At round values, some six of them.
    var ticks: [Double] { isLogarithmic ? decades : even(6) }

    private var decades: [Double] {
        let tens = Int(logarithm(low).rounded(.down))...Int(logarithm(high).rounded(.up))
        let values = { (digits: [Double]) in
            tens.flatMap { exponent in digits.map { $0 * power(exponent) } }.filter { low <= $0 && $0 <= high }
        }
        let fine = values([1, 2, 5])
        return fine.count <= 8 ? fine : values([1])
    }

    func even(_ count: Int) -> [Double] {
        let rough = (high - low) / Double(count)
        guard rough > 0, rough.isFinite else { return [] }
        let base = power(Int(logarithm(rough).rounded(.down)))
        let step = ([1, 2, 2.5, 5, 10].first { $0 * base >= rough } ?? 10) * base
        let first = (low / step).rounded(.up)
        return (0...count + 1).map { (first + Double($0)) * step }.filter { $0 <= high }
    }

    private func power(_ exponent: Int) -> Double {
        let size = (0..<abs(exponent)).reduce(1.0) { product, _ in product * 10 }
        return exponent < 0 ? 1 / size : size
    }
}
