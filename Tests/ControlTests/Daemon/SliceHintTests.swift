import Testing

@testable import Control

@Suite("hints at slices")
struct SliceHintTests {
    private let names = (0..<4_096).map { "tenant-\(10_000 + $0)" }

    @Test("are guesses only some times a second, however many ask")
    func flood() {
        var hint = SliceHint()
        var now: UInt64 = 1
        let start = ContinuousClock.now
        for _ in 0..<100_000 {
            now += 10_000
            let remedy = hint.remedy(for: "tenant-1000x", among: names, at: now)
            #expect(remedy.hasPrefix("it has one called tenant-1000") || remedy.hasPrefix("it has tenant-10000, "))
        }
        #expect(hint.guesses == 4)
        // Guesses alone would take minutes.
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test("are guesses again after a moment, and a list where there is nothing like it")
    func again() {
        var hint = SliceHint()
        #expect(hint.remedy(for: "prep", among: ["perp", "spot"], at: 5) == "it has one called perp")
        #expect(hint.remedy(for: "prep", among: ["perp", "spot"], at: 6) == "it has perp, spot")
        #expect(
            hint.remedy(for: "prep", among: ["perp", "spot"], at: 5 + SliceHint.pause) == "it has one called perp")
        #expect(hint.remedy(for: "other", among: names, at: 1_000_000_000).hasSuffix("tenant-10009, …"))
    }
}
