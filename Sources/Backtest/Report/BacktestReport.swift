import Policy

/// What a replay came to, as values of plain types: what `--json` prints, with its keys in snake_case.
package struct BacktestReport: Sendable, Equatable, Encodable {
    package var files: [File]
    /// Long ones, in which no file has bars: they count for nothing, and the market is watched anew after each.
    package var gaps: [Gap]
    /// One, or two that are compared.
    package var policies: [Run]
    /// Of two policies: which figures are not the same with both.
    package var differences: [Difference]

    package struct File: Sendable, Equatable, Encodable {
        package var name: String
        package var bars: Int
        package var stepSeconds: Double
        /// Bars that would fill its gaps.
        package var missing: Int
        /// ISO 8601, UTC: when its first bar begins and its last one ends.
        package var from: String
        package var until: String
    }

    package struct Gap: Sendable, Equatable, Encodable {
        package var from: String
        package var until: String
        package var seconds: Double
    }

    package struct Difference: Sendable, Equatable, Encodable {
        package var slice: String
        package var `class`: String
        /// `guarantee` or `ceiling`.
        package var figure: String
        /// By policy; nil: it has no such class or slice.
        package var ranges: [Range?]

        package struct Range: Sendable, Equatable, Encodable {
            package var leastBitsPerSecond: UInt64
            package var mostBitsPerSecond: UInt64
        }
    }

    package struct Run: Sendable, Equatable, Encodable {
        /// The file.
        package var policy: String
        package var node: String
        package var looks: Int
        /// More than one where there are long gaps.
        package var watches: [Watch]
        package var changes: [Change]
        /// Each time that one of the policy's began or ended.
        package var schedules: [ScheduleEvent]
        package var secondsIn: Seconds
        /// How often it became storm or worse.
        package var storms: Int
        /// nil: too little was known throughout.
        package var worst: Worst?
        /// Looks at which a feed could not be believed, between its first bar and its last.
        package var alarms: Int
    }

    /// The market, watched without a long gap, and what it is compared with.
    package struct Watch: Sendable, Equatable, Encodable {
        package var from: String
        package var until: String
        /// nil: it was calm throughout.
        package var firstChange: String?
        /// What the baseline was from by then, or at the end: calm bars, at most `baselineFullSeconds` of them.
        package var baselineSeconds: Double
        package var baselineFullSeconds: Double
        /// The baseline was younger than that, and a regime depends on it.
        package var warning: String?
    }

    package struct Change: Sendable, Equatable, Encodable {
        package var time: String
        package var from: String
        package var to: String
        package var price: Double?
        /// Annualised, in percent.
        package var volatility: Double?
        package var baseline: Double?
        /// Trades a minute; nil where the bars do not count them.
        package var messageRate: Double?
        /// Over its running median.
        package var rateMultiple: Double?
        package var reason: String
        /// In force from now on: what differs from calm, and what is on its way there.
        package var quotas: [Quota]
        /// When the regime's own quotas were reached; nil: another regime came before, or the bars ended.
        package var quotasReached: String?
    }

    package struct ScheduleEvent: Sendable, Equatable, Encodable {
        package var time: String
        package var schedule: String
        /// nil: it has ended.
        package var until: String?
        /// In force from now on: what differs from calm.
        package var quotas: [Quota]
    }

    /// What one class has in one slice.
    package struct Quota: Sendable, Equatable, Encodable {
        /// `(common)`: the slices without quotas together.
        package var slice: String
        package var `class`: String
        /// nil: an express class has none.
        package var guaranteeBitsPerSecond: UInt64?
        /// Where no schedule is active.
        package var calmGuaranteeBitsPerSecond: UInt64?
        /// What it goes to; nil: it stays.
        package var nextGuaranteeBitsPerSecond: UInt64?
        package var ceilingBitsPerSecond: UInt64
        package var calmCeilingBitsPerSecond: UInt64
        package var nextCeilingBitsPerSecond: UInt64?
    }

    package struct Seconds: Sendable, Equatable, Encodable {
        package var calm = 0.0
        package var elevated = 0.0
        package var storm = 0.0
        package var extreme = 0.0

        package subscript(regime: Regime) -> Double {
            get {
                switch regime {
                case .calm: calm
                case .elevated: elevated
                case .storm: storm
                case .extreme: extreme
                }
            }
            set {
                switch regime {
                case .calm: calm = newValue
                case .elevated: elevated = newValue
                case .storm: storm = newValue
                case .extreme: extreme = newValue
                }
            }
        }
    }

    package struct Worst: Sendable, Equatable, Encodable {
        package var time: String
        package var volatility: Double
    }
}
