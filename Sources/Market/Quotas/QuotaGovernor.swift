import Policy

/// Which overrides are in force while the market's regime changes: a worse regime's come at once, a milder one's slowly.
///
/// All shares of a release move together, on the straight line between where they are and where they go: what limits
/// them (guarantees that add up to no more than there is, a guarantee below its ceiling) is linear in them, so that
/// every point of the line fits where both ends do. Where it is not (shares of a base that moves too), a point that
/// does not fit is passed over: the shares stay, and go on to the next that fits when its time has come. Either way no
/// share has moved faster than `volatility.release`.
///
/// A regime that gets worse jumps to its own shares from wherever a release is.
package struct QuotaGovernor: Sendable {
    /// No share moves more often: a queue is not rewritten at each look.
    package static let pace: Int64 = 10_000_000_000

    private let policy: Policy
    private let limits: ShareLimits
    package private(set) var regime: Regime
    private var present: Shares
    private var reason: String
    /// Since when shares have been where they are.
    private var since: Int64
    private var next: Step?

    private struct Step {
        var shares: Shares
        var due: Int64
    }

    /// What a restarted controller needs to go on.
    package struct Snapshot: Codable, Sendable, Equatable {
        package var regime: Regime
        package var overrides: [Override]
        /// Since when these have been in force: since 1970, ns.
        package var since: Int64
    }

    /// - Parameter policy: The file's, without any overrides.
    package init(_ policy: Policy) {
        self.policy = policy
        limits = ShareLimits(policy)
        regime = .calm
        present = limits.target(of: .calm)
        reason = ""
        since = 0
    }

    /// Goes on where another left off. What does not fit the policy any more gives way to the regime's own shares.
    package init(_ policy: Policy, resuming snapshot: Snapshot) {
        self.init(policy)
        let shares = limits.known(Shares(snapshot.overrides))
        regime = snapshot.regime
        reason = snapshot.overrides.first?.reason ?? ""
        since = snapshot.since
        present = limits.fits(shares) ? shares : limits.target(of: regime)
        next = step()
    }

    package var snapshot: Snapshot { Snapshot(regime: regime, overrides: overrides, since: since) }

    /// The overrides in force, the class table's first.
    package var overrides: [Override] { present.overrides(reason: reason) }

    /// When a release moves next; nil: nothing moves.
    package var nextStep: Int64? { next?.due }

    /// The overrides from now on; nil: they are what they were.
    ///
    /// - Parameter now: Since 1970, ns. A clock that was set back does not stop a release.
    package mutating func follow(_ regime: Regime, at now: Int64, reason: String) -> [Override]? {
        let before = present
        let worse = regime > self.regime
        let target = limits.target(of: regime)
        if regime != self.regime {
            self.regime = regime
            // A release that goes on to a milder regime keeps its pace.
            if worse || next == nil { since = now }
            if worse { present = target }
            next = step()
        }
        if now < since {
            since = now
            next = step()
        }
        if let step = next, now >= step.due {
            present = step.shares
            since = now
            next = self.step()
        }
        guard present != before else { return nil }
        self.reason = next == nil ? reason : "on the way back to \(regime.rawValue): \(reason)"
        return overrides
    }

    /// Where the release goes next, and when: nil at its end.
    private func step() -> Step? {
        let target = limits.target(of: regime)
        guard present != target else { return nil }
        let leg = limits.leg(from: present, to: target)
        let count = limits.steps(from: present, to: leg)
        // Where nothing fits for long, every point would be tried at every look.
        for taken in sequence(first: 1, next: { $0 < count ? min($0 * 2, count) : nil }) {
            let shares = taken == count ? leg : limits.between(present, leg, taken, of: count)
            if shares == target || limits.fits(shares) {
                return Step(shares: shares, due: since + Int64(taken) * Self.pace)
            }
        }
        return Step(shares: target, due: since + Int64(count) * Self.pace)
    }
}
