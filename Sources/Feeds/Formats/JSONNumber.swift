/// A number inside a JSON text: `digits` x 10^`exponent`, exactly, unless it has too many digits for that.
struct JSONNumber {
    private var range: Range<Int>
    private var isNegative = false
    private var digits: UInt64 = 0
    private var exponent = 0
    /// `digits` holds them all.
    private var isWhole = true

    /// Reads what JSON calls a number.
    ///
    /// - Parameter position: Of its first byte; afterwards of the first byte that does not belong to it.
    init(_ bytes: Span<UInt8>, at position: inout Int) throws(MalformedMessage) {
        let count = bytes.count
        let start = position
        var place = position
        range = start..<start
        if place < count, bytes[place] == UInt8(ascii: "-") {
            isNegative = true
            place += 1
        }
        let integer = place
        while place < count, bytes[place].isDigit {
            add(bytes[place])
            place += 1
        }
        guard place > integer, place == integer + 1 || bytes[integer] != UInt8(ascii: "0") else {
            throw .syntax(at: place)
        }
        if place < count, bytes[place] == UInt8(ascii: ".") {
            place += 1
            let fraction = place
            while place < count, bytes[place].isDigit {
                add(bytes[place])
                place += 1
            }
            guard place > fraction else { throw .syntax(at: place) }
            exponent = fraction - place
        }
        if place < count, bytes[place] | 0x20 == UInt8(ascii: "e") {
            place += 1
            var isDown = false
            if place < count, bytes[place] == UInt8(ascii: "-") || bytes[place] == UInt8(ascii: "+") {
                isDown = bytes[place] == UInt8(ascii: "-")
                place += 1
            }
            let power = place
            var written = 0
            while place < count, bytes[place].isDigit {
                // More would change nothing: a message is shorter than that many zeros.
                if written < 1 << 32 { written = written * 10 + Int(bytes[place] - UInt8(ascii: "0")) }
                place += 1
            }
            guard place > power else { throw .syntax(at: place) }
            exponent += isDown ? -written : written
        }
        range = start..<place
        position = place
    }

    private mutating func add(_ digit: UInt8) {
        // 19 digits always fit.
        if digits < 1_000_000_000_000_000_000 {
            digits = digits * 10 + UInt64(digit - UInt8(ascii: "0"))
        } else {
            isWhole = false
        }
    }

    /// The nearest one; nil if it is beyond them all.
    func double(_ bytes: Span<UInt8>) -> Double? {
        // Both factors are exact, so their product or quotient is rounded once: as it should be.
        if isWhole, digits <= 1 << 53, exponent >= -22, exponent <= 22 {
            let size =
                exponent < 0
                ? Double(digits) / Self.powers[-exponent] : Double(digits) * Self.powers[exponent]
            return isNegative ? -size : size
        }
        var text: [UInt8] = []
        for place in range { text.append(bytes[place]) }
        guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }

    /// As an integer of 10^-`places`: 9 turns seconds into nanoseconds, 6 milliseconds. Cut off, not rounded; nil if it
    /// is negative or does not fit.
    func scaled(by places: Int) -> Int64? {
        guard !isNegative || digits == 0, isWhole else { return nil }
        let shift = exponent + places
        guard digits > 0, shift > -20 else { return 0 }
        guard shift <= 18 else { return nil }
        var value = digits
        for _ in 0..<abs(shift) {
            if shift < 0 {
                value /= 10
            } else {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                guard !overflow else { return nil }
                value = product
            }
        }
        return Int64(exactly: value)
    }

    /// nil if it is no whole number from 0 to 2^63 - 1.
    var integer: Int64? { exponent == 0 ? scaled(by: 0) : nil }

    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}

extension UInt8 {
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}
