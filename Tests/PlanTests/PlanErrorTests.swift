import PolicySamples
import Testing

@testable import Plan
@testable import Policy

@Suite("What does not fit the kernel's tables")
struct PlanErrorTests {
    private func error(slices: Int, rules: [Rule]) throws -> PlanError? {
        let policy = Build.policy(
            classes: [Build.trafficClass("bulk", isDefault: true)],
            slices: (0..<slices).map { Build.slice("s\($0)", UInt32($0) + 1) }, rules: rules)
        return #expect(throws: PlanError.self) { try DesiredState(policy) }
    }

    @Test("is a slice with 257 rules")
    func sliceRules() throws {
        let rules = (0..<256).map { _ in Build.rule("bulk") } + [Build.rule("bulk", slice: "s1")]
        #expect(try error(slices: 2, rules: rules) == .sliceRules(slice: "s1", count: 257))
    }

    @Test("is 600 slices with 250 rules each")
    func ruleSlots() throws {
        let rules = (0..<249).map { _ in Build.rule("bulk") } + (0..<600).map { Build.rule("bulk", slice: "s\($0)") }
        #expect(try error(slices: 600, rules: rules) == .ruleSlots(count: 150_000))
    }

    @Test("is thousands of slices with prefixes of their own")
    func cells() throws {
        let own = (0..<4096).flatMap { index in
            (0..<31).map { host in
                Build.rule(
                    "bulk", slice: "s\(index)",
                    sources: [Prefix(address: IPAddress(v4: UInt32(index * 40_503 ^ host << 27)), length: 128)])
            }
        }
        let error = try error(slices: 4096, rules: own)
        guard case .cells = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(
        "is said in numbers",
        arguments: [
            (.sliceRules(slice: "perp", count: 300), "perp has 300 rules"), (.ruleSlots(count: 140_000), "131072"),
            (.cells(slice: "perp"), "131072"),
        ] as [(PlanError, String)])
    func texts(error: PlanError, part: String) {
        #expect(error.description.contains(part))
    }
}
