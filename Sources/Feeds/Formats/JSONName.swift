/// A member's name as one number, so that comparing it is one instruction or two.
struct JSONName: Equatable {
    private let word: UInt128

    /// Longer names are all alike, and like none of those anybody asks for.
    private static let longest = 16

    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard range.count <= Self.longest else {
            word = .max
            return
        }
        // Two halves: shifting 64 bits is cheaper than shifting 128.
        var high: UInt64 = 0
        var low: UInt64 = 0
        for place in range {
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(bytes[place])
        }
        word = UInt128(high) << 64 | UInt128(low)
    }

    init(_ bytes: [UInt8]) { self.init(bytes.span, 0..<bytes.count) }
}

extension JSONName: ExpressibleByStringLiteral {
    init(stringLiteral name: StaticString) { self.init(Array(name.description.utf8)) }
}
