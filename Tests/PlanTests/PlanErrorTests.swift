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

    @Test("is 300 slices with 250 rules each")
    func ruleSlots() throws {
        let rules = (0..<249).map { _ in Build.rule("bulk") } + (0..<300).map { Build.rule("bulk", slice: "s\($0)") }
        #expect(try error(slices: 300, rules: rules) == .ruleSlots(count: 75_000))
    }

    @Test("is a port range that thousands of slices cut, once it is no longer nearly everything")
    func cells() throws {
        let own = (0..<600).map { index in
            Build.rule("bulk", slice: "s\(index)", destinationPorts: [UInt16(index) * 2...UInt16(index) * 2])
        }
        // Half of all classes lie in this range, so neither side of it is rare.
        let error = try error(slices: 600, rules: [Build.rule("bulk", ports: [0...599])] + own)
        guard case .cells = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("is a port table of one class for every port")
    func portClasses() throws {
        let even = stride(from: UInt16(0), to: .max, by: 2).map { $0...$0 }
        #expect(try error(slices: 1, rules: [Build.rule("bulk", ports: even)]) == .portClasses(count: 65_536))
    }

    @Test("is more than 32,768 prefixes")
    func prefixes() throws {
        let prefixes = (0..<UInt32(32_769)).map { Prefix(address: IPAddress(v4: $0), length: 128) }
        #expect(try error(slices: 1, rules: [Build.rule("bulk", prefixes: prefixes)]) == .prefixes(count: 32_769))
    }

    @Test(
        "is said in numbers",
        arguments: [
            (.sliceRules(slice: "perp", count: 300), "perp has 300 rules"), (.ruleSlots(count: 70_000), "65536"),
            (.cells(slice: "perp"), "131072"), (.prefixes(count: 40_000), "32768"),
            (.portClasses(count: 65_536), "65535"),
        ] as [(PlanError, String)])
    func texts(error: PlanError, part: String) {
        #expect(error.description.contains(part))
    }
}
