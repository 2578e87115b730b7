import Glibc

/// How much of realised variance is jumps, in standard deviations of what chance would do (Huang and Tauchen, The
/// relative contribution of jumps to total price variance, 2005). It labels, and drives no regime: a cascade is a run of
/// large moves.
package struct JumpStatistic: BarEstimator {
    package enum Form: Sendable { case ratio, log }

    private let form: Form
    private let bars: Double
    private var realised: RealisedVariance
    private var bipower: BipowerVariation
    private var quarticity: TripowerQuarticity

    package init(bars: Int, form: Form) {
        let bars = max(bars, 3)
        self.form = form
        self.bars = Double(bars)
        realised = RealisedVariance(bars: bars)
        bipower = BipowerVariation(bars: bars)
        quarticity = TripowerQuarticity(bars: bars)
    }

    package mutating func add(_ bar: Bar) {
        realised.add(bar)
        bipower.add(bar)
        quarticity.add(bar)
    }

    /// nil too where nothing moved.
    package var value: Double? {
        guard let realised = realised.value, let bipower = bipower.value, let quarticity = quarticity.value,
            realised > 0, bipower > 0
        else { return nil }
        let spread = (.pi * .pi / 4 + .pi - 5) / bars * max(1, quarticity / (bipower * bipower))
        let excess =
            switch form {
            case .ratio: 1 - bipower / realised
            case .log: Glibc.log(realised / bipower)
            }
        return excess / spread.squareRoot()
    }
}
