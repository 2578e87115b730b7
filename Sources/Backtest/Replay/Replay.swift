import Market
import Policy

/// What became of bars that were played through a policy: each is known at its end, and looked at then. The policy's own
/// feeds do not matter.
package struct Replay: Sendable {
    package let policy: Policy
    /// One for each stretch of the tape.
    package private(set) var watches: [Watch] = []
    /// Every look, in order of time.
    package private(set) var looks: [Look] = []
    package private(set) var changes: [Change] = []
    /// Every time that the quotas were moved.
    package private(set) var moves: [Move] = []
    /// Every time that a schedule began or ended.
    package private(set) var schedules: [ScheduleEvent] = []

    /// The market, watched from calm without a long gap.
    package struct Watch: Sendable, Equatable {
        /// When its first bar begins and its last one ends, since 1970, ns.
        package var start: Int64
        package var end: Int64
        /// Of `looks`.
        package var looks: Range<Int>
        /// What the baseline was from when the market first was not calm, or at the end: seconds of calm bars, as many as
        /// its half-life at most.
        package var baselineSeconds: Double
    }

    /// The market at one look.
    package struct Look: Sendable, Equatable {
        /// Since 1970, ns.
        package var time: Int64
        package var regime: Regime
        package var price: Double?
        /// Annualised, in percent.
        package var volatility: Double?
        package var baseline: Double?
        /// Trades a minute; nil where the bars do not count them.
        package var messageRate: Double?
        package var rateMultiple: Double?
        /// A feed that had bars before and has more could not be believed.
        package var isAlarmed: Bool
    }

    /// A look that came to another regime.
    package struct Change: Sendable, Equatable {
        package var look: Look
        package var from: Regime
        package var reason: String
        /// In force from now on.
        package var overrides: [Override]
        /// What these go to: the regime's own quotas.
        package var target: [Override]
        /// When these were reached; nil: another regime came before, or the bars ended.
        package var settled: Int64?
    }

    package struct Move: Sendable, Equatable {
        package var time: Int64
        package var overrides: [Override]
    }

    /// A schedule that began or ended.
    package struct ScheduleEvent: Sendable, Equatable {
        package var time: Int64
        package var name: String
        /// Until when it is active; nil: it has ended.
        package var end: Int64?
        /// In force from now on.
        package var overrides: [Override]
    }

    /// - Parameter volatility: The policy's.
    /// - Parameter progress: Called now and then, with how much is done, 0...1.
    package init(_ policy: Policy, _ volatility: Volatility, _ tape: BarTape, progress: (Double) -> Void = { _ in }) {
        self.policy = policy
        looks.reserveCapacity(tape.count)
        let total = Double(max(tape.count, 1))
        var done = 0
        for stretch in tape.stretches {
            var player = StretchPlayer(policy, volatility, stretch)
            if let last = moves.last, !last.overrides.isEmpty {
                moves.append(Move(time: stretch.start, overrides: []))
            }
            player.play { progress(Double(done + $0) / total) }
            done += stretch.count
            watches.append(
                Watch(
                    start: stretch.start, end: stretch.end, looks: looks.count..<looks.count + player.looks.count,
                    baselineSeconds: player.baselineSeconds))
            looks += player.looks
            changes += player.changes
            moves += player.moves
            schedules += player.schedules
        }
    }
}
