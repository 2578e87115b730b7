/// Whatever the drift (Rogers and Satchell, Estimating variance from high, low and closing prices, 1991).
package struct RogersSatchell: BarEstimator {
    private var variances: Window

    package init(bars: Int) { variances = Window(bars) }

    package mutating func add(_ bar: Bar) {
        guard bar.isPossible else { return }
        let bar = LogBar(bar)
        variances.add(bar.up * (bar.up - bar.change) + bar.down * (bar.down - bar.change))
    }

    /// The mean of the bars' variances.
    var variance: Double? { variances.isFull ? max(variances.mean, 0) : nil }

    package var value: Double? { variance?.squareRoot() }
}
