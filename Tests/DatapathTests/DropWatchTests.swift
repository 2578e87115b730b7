import Testing

@testable import Datapath

@Suite("drops that speak against a generation") struct DropWatchTests {
    /// Packets dropped for a reason at the three moments, and whether a port leaves.
    @Test(arguments: [
        ("no_generation", [0, 0, 0], false, false),
        ("no_generation", [0, 5, 9], false, true),
        // New ports' packets, before the flip.
        ("no_generation", [0, 5, 5], false, false),
        ("no_port", [2, 2, 3], false, true),
        ("no_port", [2, 2, 3], true, false),
        ("tunnel", [4, 4, 5], false, true),
        // The former generation had them too.
        ("tunnel", [3, 4, 5], false, false),
        ("source_mac", [0, 0, 9], false, false),
    ])
    func `are those that a sound one has none of`(
        reason: String, counts: [UInt64], hasLeavingPorts: Bool, isTelling: Bool
    ) throws {
        let index = try #require(CounterNames.drops.firstIndex(of: reason))
        let moments = counts.map { count in CounterNames.drops.indices.map { $0 == index ? count : 1 } }
        let watch = DropWatch(before: moments[0], flipped: moments[1], after: moments[2])
        let problems = watch.problems(hasLeavingPorts: hasLeavingPorts)
        #expect(problems.isEmpty == !isTelling)
        #expect(!isTelling || problems[0].contains("(\(reason), "))
    }
}
