import Policy
import PolicySamples
import Testing

@testable import Plan

@Suite("Compiled classifier and plain reading")
struct ClassifierPropertyTests {
    @Test("agree on 120,000 random packets under 400 random policies")
    func agree() throws {
        var world = RandomWorld(seed: 4201)
        var matched = 0
        for _ in 0..<400 {
            let policy = world.policy()
            let compiled = try Classifier.compile(policy)
            let kernel = KernelEvaluator(compiled.classifier)
            for packet in 0..<300 {
                let flow = world.packet()
                let slice = packet % policy.slices.count
                let expected = policy.match(flow, slice: policy.slices[slice].name)
                let ruleSet = compiled.ruleSetOfSlice[slice]
                if expected != nil { matched += 1 }
                try #require(
                    kernel.trafficClass(flow, ruleSet: ruleSet)
                        == expected?.trafficClass ?? policy.classes.firstIndex(where: \.isDefault)!
                        && (flow.ip == nil || kernel.match(flow, ruleSet: ruleSet) == expected?.rule), "slice \(policy.slices[slice].name), \(flow), rules \(policy.rules)")
            }
        }
        // A world in which nothing matches, or everything, would prove nothing.
        #expect((20_000...100_000).contains(matched))
    }
}
