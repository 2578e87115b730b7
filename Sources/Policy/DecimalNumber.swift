/// Exact decimal numbers without floating point: `1.5` of a unit of 1,000 is 1500.
enum DecimalNumber {
    enum Failure: Error {
        /// Not digits with at most one point between them. Signs, exponents, `nan` and `inf` are none.
        case malformed
        /// Not a whole multiple of the smallest unit.
        case tooFine
        case overflow
    }

    /// The powers of ten that 64 bits hold.
    private static let powers: [UInt64] = (0..<20).map { (0..<$0).reduce(1) { power, _ in power * 10 } }

    static func parse(_ text: some StringProtocol, unit: UInt64) throws(Failure) -> UInt64 {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isDigit) }) else { throw .malformed }
        var digits = Array(parts[0])
        var places = 0
        if parts.count == 2 {
            let fraction = parts[1].reversed().drop { $0 == UInt8(ascii: "0") }.reversed()
            places = fraction.count
            digits += fraction
        }
        guard places < powers.count else { throw .tooFine }

        var number: UInt64 = 0
        for digit in digits {
            let (tenfold, tooBig) = number.multipliedReportingOverflow(by: 10)
            let (sum, tooBigToo) = tenfold.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            guard !tooBig, !tooBigToo else { throw .overflow }
            number = sum
        }
        let product = number.multipliedFullWidth(by: unit)
        guard product.high < powers[places] else { throw .overflow }
        let (quotient, remainder) = powers[places].dividingFullWidth(product)
        guard remainder == 0 else { throw .tooFine }
        return quotient
    }

    /// `value` in units of `unit`, a power of ten: 1500 of 1,000 is `1.5`.
    static func text(_ value: UInt64, unit: UInt64) -> String {
        let (whole, rest) = value.quotientAndRemainder(dividingBy: unit)
        guard rest > 0 else { return String(whole) }
        // A leading one keeps the zeros after the point.
        var fraction = String(unit + rest).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return "\(whole).\(fraction)"
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// `200mbit` to `200` and `mbit`, the unit in lower case.
    static func splitUnit(_ text: String) -> (number: Substring, unit: String) {
        let number = Substring(text.utf8.prefix { $0 == UInt8(ascii: ".") || isDigit($0) })
        return (number, text[number.endIndex...].lowercased())
    }
}
