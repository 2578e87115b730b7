/// Numbers out of bytes, many millions a second.
enum NumberScan {
    /// Powers of ten that a Double has exactly.
    private static let powers: [Double] = (0...22).map { exponent in
        (0..<exponent).reduce(1.0) { product, _ in product * 10 }
    }

    /// Digits alone, to 18 of them.
    static func whole(_ bytes: [UInt8], _ range: Range<Int>) -> Int64? {
        guard (1...18).contains(range.count) else { return nil }
        var value: Int64 = 0
        for index in range {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int64(digit)
        }
        return value
    }

    /// A finite number, as near as a Double is.
    static func decimal(_ bytes: [UInt8], _ range: Range<Int>) -> Double? {
        var mantissa: UInt64 = 0
        var digits = 0
        var decimals = 0
        var hasPoint = false
        for index in range {
            let byte = bytes[index]
            let digit = byte &- UInt8(ascii: "0")
            if digit < 10 {
                mantissa = mantissa &* 10 &+ UInt64(digit)
                digits += 1
                if hasPoint { decimals += 1 }
            } else if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else {
                return slowly(bytes, range)
            }
        }
        // Both exact, so that the quotient is the nearest Double (Clinger, 1990).
        guard digits > 0, digits < 19, mantissa < 1 << 53, decimals < powers.count else { return slowly(bytes, range) }
        return Double(mantissa) / powers[decimals]
    }

    /// Signs, exponents, and many digits.
    private static func slowly(_ bytes: [UInt8], _ range: Range<Int>) -> Double? {
        guard let value = Double(String(decoding: bytes[range], as: UTF8.self)), value.isFinite else { return nil }
        return value
    }
}
