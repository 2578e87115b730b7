/// A member's name as one number, so that comparing it is one instruction or two.
struct JSONName: Equatable {
    private let word: UInt128

    /// Longer names are all alike, and like none of those anybody asks for.
    fileprivate static let longest = 16

    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var letters = Letters()
        for place in range { letters.add(bytes[place]) }
        self = letters.name(of: range.count)
    }

    private init(word: UInt128) { self.word = word }

    /// A name byte by byte.
    struct Letters {
        // Two halves: shifting 64 bits is cheaper than shifting 128.
        private var high: UInt64 = 0
        private var low: UInt64 = 0

        @inline(__always)
        mutating func add(_ byte: UInt8) {
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(byte)
        }

        /// - Parameter count: How many were added.
        @inline(__always)
        func name(of count: Int) -> JSONName {
            JSONName(word: count <= JSONName.longest ? UInt128(high) << 64 | UInt128(low) : .max)
        }
    }

    init(_ bytes: [UInt8]) { self.init(bytes.span, 0..<bytes.count) }
}

extension JSONName: ExpressibleByStringLiteral {
    init(stringLiteral name: StaticString) { self.init(Array(name.description.utf8)) }
}
