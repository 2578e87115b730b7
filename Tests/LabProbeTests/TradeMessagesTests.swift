import Testing

@testable import LabProbe

@Suite struct TradeMessagesTests {
    @Test func `the same seed makes the same messages, another one others`() {
        func made(_ seed: UInt64) -> [[UInt8]] {
            var messages = TradeMessages(rate: 10_000, seed: seed)
            messages.advance()
            messages.advance()
            return messages.block
        }
        #expect(made(1) == made(1))
        #expect(made(1) != made(2))
    }

    @Test func `a message says its time and price`() throws {
        var messages = TradeMessages(rate: 10, seed: 1)
        messages.advance()
        var same = TradeMessages(rate: 10, seed: 1)
        for (number, bytes) in messages.block.enumerated() {
            let (time, price) = same.next()
            let message = String(decoding: bytes, as: UTF8.self)
            #expect(time == 1_700_000_000_000 + number * 100)
            #expect(message.contains("\"T\":\(time),"))
            #expect(message.contains("\"p\":\"\(price / 100).\(price % 100 < 10 ? "0" : "")\(price % 100)\""))
        }
    }
}
