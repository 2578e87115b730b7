import Testing

@testable import Policy

@Suite struct OverrideTests {
    private let policy: Policy

    init() throws { policy = try Policy(validating: example) }

    private func change(
        _ name: String, in slice: String? = nil, guarantee: Share? = nil, ceiling: Share? = nil
    ) -> Override {
        Override(className: name, slice: slice, guarantee: guarantee, ceiling: ceiling, reason: "test")
    }

    @Test func `a class's figures change for all slices but those with their own`() {
        let changed = policy.applying([change("bulk", guarantee: .percent(2), ceiling: .percent(20))])
        #expect(changed.classes[4].guarantee == .percent(2))
        #expect(changed.classes[4].ceiling == .percent(20))
        let quota = changed.classes[4].quota(in: changed.slices[0])
        #expect(quota == Policy.ClassQuota(guarantee: .percent(2), ceiling: .percent(50)))
    }

    @Test func `a slice's figures change for that slice alone, and what is not given stays`() {
        let changed = policy.applying([change("bulk", in: "perp", guarantee: .percent(1))])
        #expect(changed.classes == policy.classes)
        #expect(changed.slices[0].classes["bulk"] == Policy.ClassQuota(guarantee: .percent(1), ceiling: .percent(50)))
    }

    @Test func `the later of two wins, and unknown names change nothing`() {
        let changes = [
            change("bulk", ceiling: .percent(10)), change("bulk", ceiling: .percent(30)),
            change("gone", ceiling: .percent(1)),
            change("bulk", in: "gone", ceiling: .percent(1)),
        ]
        #expect(policy.applying(changes).classes[4].ceiling == .percent(30))
        #expect(policy.applying([changes[2], changes[3]]) == policy)
    }

    @Test func `floors are parts of what the file gives a slice, whatever the market gives it`() throws {
        let text = example.replacing("guarantee: 25%, ceiling: 100%, dscp: AF41", with: "guarantee: 25%, floor: 20%")
        var storm = Override(
            className: nil, slice: "perp", guarantee: .percent(45), ceiling: nil, reason: "market: storm")
        let stormy = try Policy(validating: text).applying([storm])
        // A fifth of 95 is more than 22 % of 85.5.
        #expect(change("settlement", guarantee: .percent(23)).problems(on: stormy) == [])
        #expect(
            change("settlement", guarantee: .percent(22)).problems(on: stormy).map(\.description) == [
                #"class "settlement" in slice "perp": the guarantee 18.81mbit is below the class's floor 19mbit; raise it, or lower the class's floor"#
            ])
        storm.guarantee = .percent(50)
        #expect(change("settlement", guarantee: .percent(20)).problems(on: stormy.applying([storm])) == [])
    }

    @Test func `the market takes nothing from an express class that an operator has given more`() {
        func problems(_ overrides: [Override], operators: [Override]) -> [String] {
            let changed = policy.applying(overrides + operators)
            return BandwidthProblem.ofAutomatic(changed, Bandwidth(changed), own: Bandwidth(policy.applying(operators)))
                .map(\.message)
        }
        let storm = [
            Override(className: nil, slice: "perp", guarantee: .percent(40), ceiling: nil, reason: "market: storm"),
            change("liquidation", in: "perp", ceiling: .percent(12.5)),
        ]
        #expect(problems(storm, operators: []) == [])
        #expect(
            problems(storm, operators: [change("liquidation", in: "perp", ceiling: .percent(11))]) == [
                #"the express class "liquidation" in slice "perp" would have 8.36mbit, less than the 10.45mbit it has otherwise"#
            ])
        // An operator may take from it.
        #expect(problems([], operators: [change("liquidation", in: "perp", ceiling: .percent(5))]) == [])
    }

    @Test func `a change that fits has no problems`() {
        #expect(change("bulk", ceiling: .percent(10)).problems(on: policy) == [])
        #expect(
            change("liquidation", in: "perp", ceiling: .rate(BitRate(bitsPerSecond: 5_000_000))).problems(on: policy)
                == [])
    }

    @Test func `a change that does not fit says why`() {
        let table: [(Override, String)] = [
            (change("bluk", ceiling: .percent(10)), #"unknown class "bluk"; did you mean "bulk"?"#),
            (change("bulk", in: "prep", ceiling: .percent(10)), #"unknown slice "prep"; did you mean "perp"?"#),
            (change("bulk"), "neither a guarantee nor a ceiling is given; give one"),
            (change("liquidation", guarantee: .percent(5)), #"class "liquidation" is express"#),
            (change("bulk", ceiling: .percent(0)), "a ceiling of zero"),
            (change("bulk", guarantee: .percent(26)), #"slice "perp": guarantees of classes add up to 96.95mbit"#),
            (
                change("orders", ceiling: .percent(10)),
                #"class "orders" in slice "perp": the guarantee 23.75mbit is above"#
            ),
            (change("liquidation", ceiling: .percent(100)), "guarantees add up to"),
        ]
        for (change, message) in table {
            let problems = change.problems(on: policy).map(\.description)
            #expect(problems.first?.hasPrefix(message) == true, "\(change.className): \(problems)")
        }
    }

    @Test func `a slice without quotas cannot be changed alone`() throws {
        let text = example.replacing("guarantee: 50%            #", with: "#")
            .replacing("ceiling: 100%             #", with: "#").replacing("classes: {bulk: {ceiling: 50%}}", with: "")
        let problems = change("bulk", in: "perp", ceiling: .percent(10)).problems(on: try Policy(validating: text))
        #expect(problems.count == 1 && problems[0].message.contains("shares its queues"))
    }
}
