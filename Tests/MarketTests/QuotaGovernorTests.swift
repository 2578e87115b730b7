import PolicySamples
import Testing

@testable import Market
@testable import Policy

@Suite("The quota governor")
struct QuotaGovernorTests {
    private static let second: Int64 = 1_000_000_000
    private static let start: Int64 = 1_700_000_000 * second

    /// Bulk gives way to market data as the market gets worse.
    private static func policy(release: Double = 5) -> Policy {
        var policy = Build.example
        policy.classes[4].ceiling = .percent(100)
        policy.classes[3].guarantee = .percent(25)
        policy.classes[1].guarantee = .percent(20)
        policy.volatility = Volatility(
            feeds: [], markets: [],
            quotas: [
                .elevated: Quotas(classes: ["bulk": quota(ceiling: .percent(60))]),
                .storm: Quotas(classes: [
                    "bulk": quota(ceiling: .percent(10)), "market-data": quota(guarantee: .percent(40)),
                ]),
                .extreme: Quotas(slices: ["perp": ["liquidation": quota(ceiling: .percent(20))]]),
            ], release: release)
        return policy
    }

    private static func quota(guarantee: Share? = nil, ceiling: Share? = nil) -> Policy.ClassQuota {
        Policy.ClassQuota(guarantee: guarantee, ceiling: ceiling)
    }

    private static func override(
        _ className: String, slice: String? = nil, guarantee: Share? = nil, ceiling: Share? = nil,
        reason: String = "because"
    ) -> Override {
        Override(className: className, slice: slice, guarantee: guarantee, ceiling: ceiling, reason: reason)
    }

    @Test("puts a worse regime's quotas in force at once, with those of the milder ones that it does not name")
    func attack() {
        var governor = QuotaGovernor(Self.policy())
        #expect(governor.follow(.calm, at: Self.start, reason: "quiet") == nil)
        #expect(governor.overrides.isEmpty)
        #expect(
            governor.follow(.elevated, at: Self.start, reason: "because")
                == [Self.override("bulk", ceiling: .percent(60))])
        let all = [
            Self.override("bulk", ceiling: .percent(10)), Self.override("market-data", guarantee: .percent(40)),
            Self.override("liquidation", slice: "perp", ceiling: .percent(20)),
        ]
        #expect(governor.follow(.extreme, at: Self.start + 1, reason: "because") == all)
        #expect(governor.follow(.extreme, at: Self.start + 2, reason: "something else") == nil)
        #expect(governor.overrides == all)
        #expect(governor.nextStep == nil)
    }

    @Test("moves a whole slice's part of the link, and back")
    func wholeSlice() throws {
        var policy = Self.policy()
        policy.volatility?.quotas = [
            .storm: Quotas(
                slices: ["perp": ["bulk": Self.quota(ceiling: .percent(50))]],
                ofSlices: ["perp": Self.quota(guarantee: .percent(60))])
        ]
        let perp = policy.slices[0].vni
        func guarantee(_ governor: QuotaGovernor) -> BitRate? {
            Bandwidth(policy.applying(governor.overrides)).slices[perp]?.guarantee
        }
        var governor = QuotaGovernor(policy)
        let before = try #require(guarantee(governor))
        let overrides = governor.follow(.storm, at: Self.start, reason: "because")
        #expect(overrides?.map(\.className) == [nil, "bulk"])
        #expect(guarantee(governor) == policy.underlay.linkRate.part(percent: 60))
        var last = try #require(guarantee(governor))
        _ = governor.follow(.calm, at: Self.start, reason: "quiet")
        while let next = governor.nextStep {
            let resumed = QuotaGovernor(policy, resuming: governor.snapshot)
            #expect(resumed.overrides == governor.overrides)
            _ = governor.follow(.calm, at: next, reason: "quiet")
            let now = try #require(guarantee(governor))
            #expect(now <= last)
            last = now
        }
        #expect(last == before)
    }

    @Test("lets go in one step where the release is the whole link in ten seconds")
    func fastestRelease() {
        var governor = QuotaGovernor(Self.policy(release: Volatility.fastestRelease))
        _ = governor.follow(.storm, at: Self.start, reason: "because")
        #expect(governor.follow(.calm, at: Self.start, reason: "quiet") == nil)
        #expect(governor.follow(.calm, at: Self.start + QuotaGovernor.pace, reason: "quiet") == [])
        #expect(governor.nextStep == nil)
    }

    @Test("lets go slowly, in one line, and ends at the file's shares")
    func release() {
        var governor = QuotaGovernor(Self.policy())
        _ = governor.follow(.storm, at: Self.start, reason: "because")
        #expect(governor.follow(.calm, at: Self.start, reason: "quiet") == nil)
        #expect(governor.nextStep == Self.start + QuotaGovernor.pace)
        // Bulk has 90 points to go, market data 15.
        #expect(governor.follow(.calm, at: Self.start + QuotaGovernor.pace - 1, reason: "quiet") == nil)
        let first = governor.follow(.calm, at: Self.start + QuotaGovernor.pace, reason: "quiet")
        #expect(first?.map(\.className) == ["bulk", "market-data"])
        #expect(first?.first?.reason == "on the way back to calm: quiet")
        var points: [(bulk: Double, data: Double)] = []
        while let next = governor.nextStep {
            guard let overrides = governor.follow(.calm, at: next, reason: "quiet"), overrides.count == 2,
                case .percent(let bulk)? = overrides[0].ceiling, case .percent(let data)? = overrides[1].guarantee
            else { break }
            points.append((bulk, data))
        }
        #expect(governor.overrides.isEmpty)
        #expect(governor.snapshot.since == Self.start + 109 * QuotaGovernor.pace)
        #expect(points.count == 107)
        #expect(points.allSatisfy { abs(($0.bulk - 10) / 90 - (40 - $0.data) / 15) < 1e-5 })
    }

    @Test("stops a release where a worse regime begins, and goes on from there when it is milder")
    func interrupted() {
        var governor = QuotaGovernor(Self.policy())
        _ = governor.follow(.storm, at: Self.start, reason: "because")
        _ = governor.follow(.elevated, at: Self.start, reason: "quiet")
        for look in 1...30 { _ = governor.follow(.elevated, at: Self.start + Int64(look) * Self.second, reason: "") }
        let midway = governor.overrides
        #expect(midway.first?.ceiling != .percent(10))
        // A milder one changes the way, not the place.
        #expect(governor.follow(.calm, at: Self.start + 31 * Self.second, reason: "quiet") == nil)
        #expect(
            governor.follow(.storm, at: Self.start + 32 * Self.second, reason: "because")?.first?.ceiling
                == .percent(10))
        #expect(governor.nextStep == nil)
    }

    @Test("makes one step at a time, however late it is asked or wherever its clock goes")
    func clock() {
        var governor = QuotaGovernor(Self.policy())
        _ = governor.follow(.elevated, at: Self.start, reason: "because")
        _ = governor.follow(.calm, at: Self.start, reason: "quiet")
        let hour = 3600 * Self.second
        #expect(governor.follow(.calm, at: Self.start + hour, reason: "")?.first?.ceiling == .percent(60.816327))
        #expect(governor.follow(.calm, at: Self.start, reason: "") == nil)
        #expect(governor.nextStep == Self.start + QuotaGovernor.pace)
    }

    @Test("does not let go for hours of what is above the link")
    func aboveTheLink() {
        var policy = Self.policy()
        policy.classes[3].ceiling = Build.mbit(100)
        policy.volatility?.quotas = [
            .storm: Quotas(classes: ["market-data": Self.quota(ceiling: Build.mbit(10_000))])
        ]
        var governor = QuotaGovernor(policy)
        _ = governor.follow(.storm, at: Self.start, reason: "because")
        _ = governor.follow(.calm, at: Self.start, reason: "quiet")
        var last = Self.start
        while let next = governor.nextStep {
            _ = governor.follow(.calm, at: next, reason: "quiet")
            last = next
        }
        // 90 Mbit are 47 % of the link, at 5 % a minute.
        #expect(last - Self.start < 11 * 60 * Self.second)
    }

    @Test("starts a share that the file does not give at what its absence means")
    func absent() {
        var policy = Self.policy()
        policy.classes[2].guarantee = nil
        policy.classes[4].ceiling = nil
        policy.volatility?.quotas = [
            .storm: Quotas(
                classes: ["orders": Self.quota(guarantee: .percent(5))],
                slices: [
                    "perp": [
                        "bulk": Self.quota(ceiling: Build.mbit(20)), "orders": Self.quota(guarantee: Build.mbit(11)),
                    ]
                ])
        ]
        policy.slices[0].classes = [:]
        policy.slices[0].ceiling = .percent(50)
        var governor = QuotaGovernor(policy)
        _ = governor.follow(.storm, at: Self.start, reason: "")
        _ = governor.follow(.calm, at: Self.start, reason: "")
        var steps: [[Override]] = []
        while let next = governor.nextStep { steps += [governor.follow(.calm, at: next, reason: "") ?? []] }
        // 5 points and 75 of 190 mbit, 7.9 minutes of 5 %.
        #expect(steps.count == 48)
        #expect(steps.last?.isEmpty == true)
        let last = steps.dropLast().last
        #expect(last?.first { $0.slice == nil }?.guarantee == .percent(0.104166))
        #expect(rate(last?.first { $0.className == "bulk" }?.ceiling, within: 93_000_000...95_000_000))
        #expect(rate(last?.last { $0.className == "orders" }?.guarantee, within: 1_000_000...1_300_000))
    }

    @Test("takes a share from a rate to a percentage by way of none, as slowly as any")
    func kinds() {
        var policy = Self.policy()
        policy.classes[2].guarantee = nil
        policy.volatility?.quotas = [
            .elevated: Quotas(classes: ["orders": Self.quota(guarantee: .percent(5))]),
            .storm: Quotas(classes: ["orders": Self.quota(guarantee: Build.mbit(10))]),
        ]
        var governor = QuotaGovernor(policy)
        _ = governor.follow(.storm, at: Self.start, reason: "")
        _ = governor.follow(.elevated, at: Self.start, reason: "")
        var shares: [Share?] = []
        while let next = governor.nextStep {
            shares += [governor.follow(.elevated, at: next, reason: "")?.first?.guarantee]
        }
        // 9 of 190 mbit, then 5 points: 6 steps each.
        #expect(shares.count == 13)
        #expect(shares[5] == Build.mbit(1) && shares.last == .percent(5))
        #expect(rate(shares[0], within: 8_400_000...8_600_000))
        #expect(shares[6] == .percent(0.714285))
    }

    @Test("passes over what does not fit between two ends that do, when its time has come")
    func bent() {
        // What the slice is guaranteed is what its classes need, and express is a part of it: a product of two shares
        // that move against each other, which is larger between the ends than at them.
        var policy = Build.policy(
            rate: 123_000_000,
            classes: [
                Build.trafficClass("liquidation", .express, ceiling: .percent(10)),
                Build.trafficClass("orders", guarantee: Build.mbit(100)), Build.trafficClass("bulk", isDefault: true),
            ], slices: [Build.slice("perp", 4201, ceiling: .percent(100))])
        policy.volatility = Volatility(
            feeds: [], markets: [],
            quotas: [
                .storm: Quotas(classes: [
                    "liquidation": Self.quota(ceiling: .percent(70)), "orders": Self.quota(guarantee: Build.mbit(60)),
                ])
            ])
        var governor = QuotaGovernor(policy)
        _ = governor.follow(.storm, at: Self.start, reason: "")
        _ = governor.follow(.calm, at: Self.start, reason: "")
        var (longest, last) = (Int64(0), Self.start)
        while let next = governor.nextStep {
            _ = governor.follow(.calm, at: next, reason: "")
            let problems = BandwidthProblem.all(in: policy.applying(governor.overrides))
            #expect(!problems.contains { $0.severity == .error }, "\(problems)")
            longest = max(longest, next - last)
            last = next
        }
        #expect(longest > 20 * QuotaGovernor.pace)
        // 60 points at 5 a minute, and not a moment less.
        #expect(last - Self.start >= 12 * 60 * Self.second)
        #expect(governor.overrides.isEmpty)
    }

    private func rate(_ share: Share?, within range: ClosedRange<UInt64>) -> Bool {
        guard case .rate(let rate)? = share else { return false }
        return range.contains(rate.bitsPerSecond)
    }

    @Test("never goes below a floor, or below the file's express ceiling, whatever a regime asks")
    func floors() {
        var policy = Self.policy()
        policy.classes[3].floor = .percent(15)
        policy.volatility?.quotas = [
            .storm: Quotas(
                classes: [
                    "market-data": Self.quota(guarantee: .percent(1)), "liquidation": Self.quota(ceiling: .percent(2)),
                ], slices: ["perp": ["liquidation": Self.quota(ceiling: .percent(3))]])
        ]
        var governor = QuotaGovernor(policy)
        let overrides = governor.follow(.storm, at: Self.start, reason: "because")
        #expect(
            overrides == [
                Self.override("liquidation", ceiling: .percent(10)),
                Self.override("market-data", guarantee: .percent(15)),
                Self.override("liquidation", slice: "perp", ceiling: .percent(10)),
            ])
    }

    @Test("goes on from a snapshot as if nothing had happened")
    func resumed() {
        var governor = QuotaGovernor(Self.policy())
        _ = governor.follow(.extreme, at: Self.start, reason: "because")
        _ = governor.follow(.storm, at: Self.start, reason: "quiet")
        _ = governor.follow(.storm, at: Self.start + QuotaGovernor.pace, reason: "quiet")
        var other = QuotaGovernor(Self.policy(), resuming: governor.snapshot)
        #expect(other.snapshot == governor.snapshot)
        while let next = governor.nextStep {
            #expect(other.nextStep == next)
            #expect(other.follow(.calm, at: next, reason: "") == governor.follow(.calm, at: next, reason: ""))
        }
        #expect(other.overrides.isEmpty)
    }

    @Test("gives a snapshot up that the policy has no room for")
    func unfit() {
        var governor = QuotaGovernor(Self.policy())
        _ = governor.follow(.storm, at: Self.start, reason: "because")
        var policy = Self.policy()
        policy.volatility?.quotas = [:]
        policy.classes[1].guarantee = .percent(45)
        #expect(QuotaGovernor(policy, resuming: governor.snapshot).overrides.isEmpty)
        policy.classes[1].guarantee = .percent(20)
        #expect(!QuotaGovernor(policy, resuming: governor.snapshot).overrides.isEmpty)
        policy.classes[4].name = "rest"
        #expect(QuotaGovernor(policy, resuming: governor.snapshot).overrides.map(\.className) == ["market-data"])
    }
}
