/// Realised variance without the jumps: products of neighbouring returns (Barndorff-Nielsen and Shephard, Power and
/// bipower variation with stochastic volatility and jumps, 2004).
package struct BipowerVariation: BarEstimator {
    private var closes: CloseReturns

    package init(bars: Int) { closes = CloseReturns(max(bars, 2)) }

    package mutating func add(_ bar: Bar) { closes.add(bar) }

    package var value: Double? {
        let returns = closes.returns
        guard returns.isFull else { return nil }
        var sum = 0.0
        for age in 1..<returns.count { sum += abs(returns[age] * returns[age - 1]) }
        return .pi / 2 * sum
    }
}
