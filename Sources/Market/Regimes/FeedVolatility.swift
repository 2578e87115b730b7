import Glibc
import Policy

/// The volatility of one feed: Parkinson's variance of a rolling bar, averaged with a half-life.
///
/// A rolling bar ends now, not at a full minute. So there are as many averages of bars as the bar has steps, each with
/// bars that end at its own step; the newest bar of the one at hand ends with the last price. A crash shows at once, and
/// once a bar is full the figure is what bars from a file would give.
struct FeedVolatility: Sendable {
    /// An average so far, and how much of it there is: what began from nothing is too small by the rest.
    private struct Average: Sendable {
        var variance = 0.0
        var weight = 0.0
    }

    /// What a bar weighs that is 1, 2 … steps long, and what its squared range adds to the variance.
    private struct Part: Sendable {
        var weight: Double
        var gain: Double
    }

    /// Of a bar, ns.
    private let bar: Int64
    private let step: Int64
    /// s.
    private let tau: Double
    private let parts: [Part]
    private var window = PriceWindow()
    /// By the window's step: the average when it last ended.
    private var averages = [Average](repeating: Average(), count: PriceWindow.steps)
    private var square = 0.0
    private var intoStep: Int64 = 0
    /// Steps of the window that prices are known of.
    private var covered = 1
    /// The first bar is not over: it counts as a whole one that goes on without a move, which is the least it can be.
    private var isFirst = true
    private(set) var price: Double?
    /// What the baseline has not taken yet: the variance's integral, and its seconds.
    private var fresh = (integral: 0.0, seconds: 0.0)

    /// `state`: of another that stopped.
    init(_ estimator: Volatility.Estimator, from state: FeedState? = nil) {
        step = max(estimator.bar.nanoseconds / Int64(PriceWindow.steps), 1)
        bar = step * Int64(PriceWindow.steps)
        tau = max(estimator.halfLife.nanoseconds, 1).seconds / log(2.0)
        var parts: [Part] = []
        for count in 1...PriceWindow.steps {
            parts.append(Self.part(seconds: step.times(Int64(count)).seconds, tau: tau))
        }
        self.parts = parts
        if let state {
            price = state.price
            window.restart(price: state.price)
            begin(with: Average(variance: state.variance, weight: state.weight))
        }
    }

    private static func part(seconds: Double, tau: Double) -> Part {
        let weight = -expm1(-seconds / tau)
        return Part(weight: weight, gain: weight / (Parkinson.rangeOverVariance * seconds))
    }

    // MARK: What it says

    private var now: Average {
        let part = parts[(isFirst ? PriceWindow.steps : covered) - 1]
        let before = isFirst ? Average() : averages[window.index]
        return Average(
            variance: before.variance * (1 - part.weight) + part.gain * square,
            weight: before.weight * (1 - part.weight) + part.weight)
    }

    /// A second; nil: there was no price.
    var variance: Double? {
        guard price != nil else { return nil }
        let now = now
        return now.variance / now.weight
    }

    /// Whether a whole bar is known: before that the variance is the least it can be.
    var isKnown: Bool { price != nil && !isFirst }

    /// As it is carried over a restart: the average, and how much of it there is.
    var average: (variance: Double, weight: Double) {
        let now = now
        return (now.variance, now.weight)
    }

    /// What the baseline has not been given yet: the mean variance of so many seconds.
    mutating func takeFresh() -> (variance: Double, seconds: Double)? {
        guard fresh.seconds > 0 else { return nil }
        defer { fresh = (0, 0) }
        return (fresh.integral / fresh.seconds, fresh.seconds)
    }

    // MARK: Prices

    /// Time passes, ns, and then there is a price. Whether that moved farther than any in the window.
    mutating func add(_ price: Double, after passed: Int64) -> Bool {
        pass(passed, before: price)
        self.price = price
        guard window.add(price) else { return false }
        measure()
        return true
    }

    /// A bar shorter than the rolling one: its prices, all at its end.
    mutating func addShort(_ bar: Bar, after passed: Int64) -> Bool {
        pass(passed, before: bar.close)
        price = bar.close
        let moves = [window.add(bar.low), window.add(bar.high), window.add(bar.close)]
        guard moves.contains(true) else { return false }
        measure()
        return true
    }

    /// Forgets what was before it, as far as prices go.
    mutating func restart(_ price: Double) {
        self.price = price
        window.restart(price: price)
        measure()
    }

    private mutating func pass(_ passed: Int64, before next: Double) {
        guard let price else { return window.restart(price: next) }
        guard passed < bar else {
            // Nothing was known for so long: one bar, from the price before to the one after.
            settle(high: max(price, next), low: min(price, next), seconds: passed.seconds, after: passed.seconds)
            return window.restart(price: next)
        }
        intoStep += passed
        while intoStep >= step {
            intoStep -= step
            roll(price)
        }
    }

    private mutating func roll(_ price: Double) {
        let ended = now
        if covered == PriceWindow.steps { isFirst = false }
        if !isFirst {
            averages[window.index] = ended
            fresh.integral += ended.variance / ended.weight * step.seconds
            fresh.seconds += step.seconds
        }
        window.roll(price: price)
        covered = min(covered + 1, PriceWindow.steps)
        measure()
    }

    private mutating func measure() {
        let range = log(window.high) - log(window.low)
        square = range * range
    }

    // MARK: Bars

    /// Of at least the rolling bar's length; `passed`: from the last one's end, or price, to its own end, ns.
    mutating func addLong(_ bar: Bar, after passed: Int64) {
        var (high, low, seconds) = (bar.high, bar.low, bar.step.seconds)
        if passed > bar.step, let price {
            // There was a hole: what the price did in it belongs to the bar after it.
            (high, low, seconds) = (max(high, price), min(low, price), passed.seconds)
        }
        settle(high: high, low: low, seconds: seconds, after: passed > 0 ? passed.seconds : seconds)
        price = bar.close
        fresh.integral += (variance ?? 0) * bar.step.seconds
        fresh.seconds += bar.step.seconds
        window.restart(price: bar.close)
    }

    /// One average from here on, whatever the step.
    private mutating func settle(high: Double, low: Double, seconds: Double, after passed: Double) {
        let before = isFirst ? Average() : now
        let weight = -expm1(-passed / tau)
        let range = log(high) - log(low)
        let settled = Average(
            variance: before.variance * (1 - weight)
                + weight * range * range / (Parkinson.rangeOverVariance * seconds),
            weight: before.weight * (1 - weight) + weight)
        begin(with: settled)
    }

    private mutating func begin(with average: Average) {
        for index in averages.indices { averages[index] = average }
        (square, intoStep, covered, isFirst) = (0, 0, 1, false)
    }
}
