import PolicySamples
import Testing

@testable import Market
@testable import Policy

@Suite("The quota governor, whatever the policy")
struct QuotaGovernorPropertyTests {
    private static let pace = QuotaGovernor.pace

    @Test(
        "always fits, attacks at once, never lets go faster than it may, and ends where the file is", arguments: 1...40)
    func anything(seed: UInt64) throws {
        var generator = SplitMix64(state: seed)
        let policy = QuotaSamples.policy(&generator)
        var governor = QuotaGovernor(policy)
        var now: Int64 = 1_700_000_000_000_000_000
        var regime = Regime.calm
        var moved = now
        for _ in 0..<60 {
            let former = regime
            regime = Regime.allCases.randomElement(using: &generator) ?? .calm
            for look in 0..<Int.random(in: 1...12, using: &generator) {
                let before = policy.applying(governor.overrides)
                let isNews = governor.follow(regime, at: now, reason: "")
                let after = policy.applying(governor.overrides)
                #expect(isNews != nil || before == after)
                let problems = BandwidthProblem.all(in: after).filter { $0.severity == .error }
                #expect(problems.isEmpty, "seed \(seed): \(problems)")
                if look == 0, regime > former {
                    let all = policy.volatility?.allQuotas(of: regime).overrides(reason: "") ?? []
                    #expect(shares(after) == shares(policy.applying(all)), "seed \(seed)")
                    moved = now
                } else {
                    if regime < former, look == 0, shares(before) == shares(target(former, policy)) { moved = now }
                    let points = 5.0 * Double(now - moved) / 60e9
                    for (old, new) in zip(shares(before), shares(after)) {
                        #expect(distance(old, new, policy) <= points + 1e-6, "seed \(seed): \(old) to \(new)")
                    }
                    if isNews != nil { moved = now }
                }
                now += Int64.random(in: 1...Self.pace * 2, using: &generator)
            }
        }
        _ = governor.follow(.calm, at: now, reason: "")
        while let next = governor.nextStep { _ = governor.follow(.calm, at: next, reason: "") }
        #expect(governor.overrides.isEmpty)
    }

    private func target(_ regime: Regime, _ policy: Policy) -> Policy {
        policy.applying(policy.volatility?.allQuotas(of: regime).overrides(reason: "") ?? [])
    }

    /// What every (slice, class) has, absent shares as what they mean. The samples' absent shares are percentages.
    private func shares(_ policy: Policy) -> [Share] {
        policy.classes.flatMap { trafficClass in
            ([nil] + policy.slices).flatMap { slice in
                let quota = trafficClass.quota(in: slice)
                return [quota.guarantee ?? .percent(0), quota.ceiling ?? .percent(100)]
            }
        } + policy.slices.flatMap { [$0.guarantee ?? .percent(0), $0.ceiling ?? .percent(100)] }
    }

    /// In percent: of the link, or points.
    private func distance(_ old: Share, _ new: Share, _ policy: Policy) -> Double {
        switch (old, new) {
        case (.percent(let old), .percent(let new)): abs(old - new)
        case (.rate(let old), .rate(let new)):
            abs(Double(old.bitsPerSecond) - Double(new.bitsPerSecond)) * 100
                / Double(policy.underlay.linkRate.bitsPerSecond)
        default: 100
        }
    }
}

/// Policies with quotas for regimes that all fit.
enum QuotaSamples {
    static func policy(_ generator: inout SplitMix64) -> Policy {
        while true {
            let policy = candidate(&generator)
            let fits = Regime.allCases.allSatisfy { regime in
                let overrides = policy.volatility?.allQuotas(of: regime).overrides(reason: "") ?? []
                return !BandwidthProblem.all(in: policy.applying(overrides)).contains { $0.severity == .error }
            }
            let changes = policy.volatility?.allQuotas(of: .extreme).isEmpty == false
            if fits, changes { return policy }
        }
    }

    private static func candidate(_ generator: inout SplitMix64) -> Policy {
        let names = ["liquidation", "settlement", "orders", "market-data", "bulk"]
        // Each share is a rate or a percentage for good.
        var kinds: [String: Bool] = [:]
        for name in names { kinds[name] = Int.random(in: 0..<3, using: &generator) == 0 }
        func share(_ most: Double, _ isRate: Bool) -> Share {
            let percent = Double(Int.random(in: 1...1000, using: &generator)) * most / 1000
            return isRate
                ? .rate(BitRate(bitsPerSecond: UInt64(percent * 1_234_567)))
                : .percent((percent * 1_000_000).rounded() / 1_000_000)
        }
        func quota(_ name: String, _ isRate: Bool) -> Policy.ClassQuota {
            guard name != "liquidation" else {
                // The governor lets nobody lower express.
                return Policy.ClassQuota(
                    guarantee: nil, ceiling: .percent(Double(Int.random(in: 1...15, using: &generator))))
            }
            return Policy.ClassQuota(
                guarantee: Bool.random(using: &generator) ? share(30, isRate) : nil,
                ceiling: Bool.random(using: &generator)
                    ? .percent(Double(Int.random(in: 30...100, using: &generator))) : nil)
        }
        let classes = names.map { name in
            let isExpress = name == "liquidation"
            return Build.trafficClass(
                name, isExpress ? .express : .queue,
                guarantee: isExpress || (kinds[name] == false && Bool.random(using: &generator))
                    ? nil : share(25, kinds[name] == true),
                ceiling: isExpress ? .percent(1) : nil, isDefault: name == "bulk")
        }
        let slices = [
            Build.slice("perp", 4201, guarantee: .percent(45), ceiling: .percent(90)),
            Build.slice(
                "spot", 4202, guarantee: Bool.random(using: &generator) ? nil : Build.mbit(40), ceiling: .percent(70)),
            Build.slice("idle", 4203),
        ]
        var policy = Build.policy(classes: classes, slices: slices)
        func quotas() -> Quotas {
            var quotas = Quotas()
            for name in names where Bool.random(using: &generator) {
                quotas.classes[name] = quota(name, kinds[name] == true)
            }
            if Bool.random(using: &generator) {
                quotas.ofSlices["perp"] = Policy.ClassQuota(
                    guarantee: .percent(Double(Int.random(in: 20...70, using: &generator))),
                    ceiling: Bool.random(using: &generator) ? .percent(100) : nil)
            }
            for slice in ["perp", "spot"] {
                for name in names where Int.random(in: 0..<3, using: &generator) == 0 {
                    quotas.slices[slice, default: [:]][name] = quota(name, kinds[name] == true)
                }
            }
            return quotas
        }
        policy.volatility = Volatility(
            feeds: [], markets: [], quotas: [.elevated: quotas(), .storm: quotas(), .extreme: quotas()])
        return policy
    }
}
