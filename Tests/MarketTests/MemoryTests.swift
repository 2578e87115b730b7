import Foundation
import Market
import Policy
import Testing

@Suite("Memory of the watch")
struct MemoryTests {
    /// Resident, in bytes.
    private static func resident() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(fields[1])) * 4096
    }

    // A byte kept of each message would be 36 MB. In a process of its own: others would grow meanwhile.
    @Test("An hour of 10,000 messages a second keeps memory flat")
    func flat() async {
        await #expect(processExitsWith: .success) { try Self.hour() }
    }

    private static func hour() throws {
        var watch = MarketWatch(.oneMarket)
        var (price, chance, looks) = (30_000.0, Chance(3), 0)
        func messages(seconds: Int64, from begin: Int64) {
            for tick in 0..<(seconds * 10_000) {
                let now = begin + tick * (second / 10_000)
                price += chance.next() % 2 == 0 ? 0.05 : -0.05
                watch.take(Tick(time: now, price: price, volume: 1, kind: .trade), feed: 0, receivedAt: now)
                if watch.isLookDue(at: now) {
                    _ = watch.look(at: now)
                    looks += 1
                }
            }
        }
        messages(seconds: 120, from: start)
        let before = try resident()
        messages(seconds: 3600, from: start + 120 * second)
        #expect(try resident() - before < 8 << 20)
        #expect(looks >= 3720)
    }
}
