/// Reads the little of JSON (RFC 8259) that a signal is made of: an object of strings and numbers. No byte makes it
/// trap, and it makes nothing that it does not return.
struct JSONCursor {
    private let bytes: [UInt8]
    private var position = 0

    /// It is not JSON, or not of this kind.
    struct Malformed: Error {}

    enum Value: Equatable {
        case string(String)
        case number(Double)
    }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// Skips white space and takes the character, if it is the next one.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(Malformed) {
        guard take(character) else { throw Malformed() }
    }

    /// Calls `body` for each member of the one object that all bytes must be.
    mutating func object(
        _ body: (_ key: String, _ value: Value) throws(SignalRefusal) -> Void
    ) throws(SignalRefusal) {
        do throws(Malformed) {
            try expect("{")
        } catch {
            throw SignalRefusal(.malformed, "a signal is one object of JSON")
        }
        var isFirst = true
        while true {
            let key: String, value: Value
            do throws(Malformed) {
                if take("}") {
                    guard isFirst else { throw Malformed() }
                    break
                }
                key = try string()
                try expect(":")
                value = try self.value()
            } catch {
                throw SignalRefusal(.malformed, "a signal is one object of JSON, of strings and numbers")
            }
            try body(key, value)
            isFirst = false
            if take(",") { continue }
            guard take("}") else { throw SignalRefusal(.malformed, "the signal's JSON has no end") }
            break
        }
        skipSpace()
        guard position == bytes.count else { throw SignalRefusal(.malformed, "a signal is one object of JSON alone") }
    }

    private mutating func value() throws(Malformed) -> Value {
        skipSpace()
        if next == UInt8(ascii: "\"") { return .string(try string()) }
        return .number(try number())
    }

    private mutating func string() throws(Malformed) -> String {
        try expect("\"")
        let start = position
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
        guard next == UInt8(ascii: "\\") else { return try end(of: Array(bytes[start..<position])) }
        var text = Array(bytes[start..<position])
        while let byte = next, byte != UInt8(ascii: "\""), byte >= 0x20 {
            position += 1
            if byte == UInt8(ascii: "\\") { text += try escaped() } else { text.append(byte) }
        }
        return try end(of: text)
    }

    private mutating func end(of text: [UInt8]) throws(Malformed) -> String {
        guard next == UInt8(ascii: "\""), let string = String(validating: text, as: UTF8.self) else {
            throw Malformed()
        }
        position += 1
        return string
    }

    /// What follows a backslash, in UTF-8.
    private mutating func escaped() throws(Malformed) -> [UInt8] {
        guard let byte = next else { throw Malformed() }
        position += 1
        switch Unicode.Scalar(byte) {
        case "\"", "\\", "/": return [byte]
        case "b": return [0x08]
        case "f": return [0x0C]
        case "n": return [0x0A]
        case "r": return [0x0D]
        case "t": return [0x09]
        case "u": return try codePoint()
        default: throw Malformed()
        }
    }

    private mutating func codePoint() throws(Malformed) -> [UInt8] {
        var number = try unit()
        if 0xD800..<0xDC00 ~= number {
            guard next == UInt8(ascii: "\\") else { throw Malformed() }
            position += 1
            guard next == UInt8(ascii: "u") else { throw Malformed() }
            position += 1
            let low = try unit()
            guard 0xDC00..<0xE000 ~= low else { throw Malformed() }
            number = 0x10000 + (number - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(number) else { throw Malformed() }
        return Array(String(scalar).utf8)
    }

    /// Four hexadecimal digits.
    private mutating func unit() throws(Malformed) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw Malformed() }
            number = number << 4 | UInt32(digit)
            position += 1
        }
        return number
    }

    private mutating func number() throws(Malformed) -> Double {
        let start = position
        if next == UInt8(ascii: "-") { position += 1 }
        let isZero = next == UInt8(ascii: "0")
        guard let whole = digits(), !isZero || whole == 1 else { throw Malformed() }
        if next == UInt8(ascii: ".") {
            position += 1
            guard digits() != nil else { throw Malformed() }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            guard digits() != nil else { throw Malformed() }
        }
        guard let number = Double(String(decoding: bytes[start..<position], as: UTF8.self)) else { throw Malformed() }
        return number
    }

    /// Skips digits.
    ///
    /// - Returns: how many; nil: none.
    private mutating func digits() -> Int? {
        let start = position
        while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
        return position > start ? position - start : nil
    }
}
