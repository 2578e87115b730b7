import Plan
import PolicySamples
import Signals
import Testing

@testable import Control
@testable import Policy

@Suite("what the policy in force says about signals")
struct SignalTermsTests {
    private struct Refused: Error {}

    private let policy = Build.example
    private let applied: AppliedPolicy

    init() throws { applied = AppliedPolicy(try PolicyFile(reading: "/dev/null")) }

    private func inForce(_ layer: AutomaticLayer?) throws -> InForce {
        InForce(applied, layer, file: policy, rules: try DesiredState(policy))
    }

    /// The first class gets another ceiling in a slice of its own.
    private func layer(_ megabits: UInt64) throws -> AutomaticLayer {
        let slice = try #require(policy.slices.first { $0.guarantee != nil })
        return AutomaticLayer([
            Override(
                className: policy.classes[0].name, slice: slice.name, guarantee: nil, ceiling: Build.mbit(megabits),
                reason: "")
        ])
    }

    @Test("budgets follow what schedules and the market change")
    func market() throws {
        let calm = try SignalTerms(inForce(nil), after: nil) { [1: 1] }
        let storm = try inForce(layer(7))
        #expect(calm.origin != SignalTerms.Origin(storm))
        // The slices are the same: the kernel is not asked again.
        let terms = try SignalTerms(storm, after: calm) { throw Refused() }
        #expect(terms.budgets == Budgets(storm.desired) && terms.budgets != calm.budgets)
        #expect(terms.indices == [1: 1] && terms.sortedNames == policy.slices.map(\.name).sorted())
    }

    @Test("a layer that is only renewed is no news")
    func renewal() throws {
        let (first, second) = (try inForce(layer(7)), try inForce(layer(7)))
        #expect(first.layer != second.layer)
        #expect(SignalTerms.Origin(first) == SignalTerms.Origin(second))
    }
}
