/// A value inside a JSON text, as far as anybody wants to know it.
enum JSONValue {
    case number(JSONNumber)
    case string(JSONString)
    case null
    /// An object, an array, `true` or `false`.
    case other

    /// A number, or a string that is one: exchanges send prices as either. nil for `null`.
    ///
    /// - Parameter part: What it is, for who reads the complaint.
    func number(_ bytes: Span<UInt8>, _ part: StaticString) throws(MalformedMessage) -> JSONNumber? {
        switch self {
        case .number(let number): return number
        case .null: return nil
        case .string(let text):
            var position = text.range.lowerBound
            guard let number = try? JSONNumber(bytes, at: &position), position == text.range.upperBound else {
                throw .impossible(part.description)
            }
            return number
        case .other: throw .impossible(part.description)
        }
    }

    /// As `number`, as a finite `Double`.
    func double(_ bytes: Span<UInt8>, _ part: StaticString) throws(MalformedMessage) -> Double? {
        guard let number = try number(bytes, part) else { return nil }
        guard let value = number.double(bytes) else { throw .impossible(part.description) }
        return value
    }

    /// Whether it is this text, whatever the case of its (ASCII) letters.
    ///
    /// - Parameter text: In lower case.
    func isText(_ text: [UInt8], _ bytes: Span<UInt8>) -> Bool {
        guard case .string(let string) = self else { return false }
        return string.equals(text, bytes)
    }

    var name: JSONString? { if case .string(let text) = self { text } else { nil } }
}

/// A string inside a JSON text.
struct JSONString {
    /// Without the quotes.
    var range: Range<Int>
    var isEscaped: Bool

    /// Whatever the case of ASCII letters.
    ///
    /// - Parameter text: In lower case.
    func equals(_ text: [UInt8], _ bytes: Span<UInt8>) -> Bool {
        if isEscaped { return unescaped(bytes).elementsEqual(text) { $0.lowercased == $1 } }
        guard range.count == text.count else { return false }
        for offset in 0..<text.count where bytes[range.lowerBound + offset].lowercased != text[offset] { return false }
        return true
    }

    func name(_ bytes: Span<UInt8>) -> JSONName {
        isEscaped ? JSONName(unescaped(bytes)) : JSONName(bytes, range)
    }

    /// What it says, in UTF-8. Rare: no exchange escapes what is read here.
    func unescaped(_ bytes: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        var units: [UInt16] = []
        func endUnits() {
            text += Array(String(decoding: units, as: UTF16.self).utf8)
            units = []
        }
        var place = range.lowerBound
        while place < range.upperBound {
            guard bytes[place] == UInt8(ascii: "\\"), place + 1 < range.upperBound else {
                endUnits()
                text.append(bytes[place])
                place += 1
                continue
            }
            if bytes[place + 1] == UInt8(ascii: "u"), place + 6 <= range.upperBound {
                var unit: UInt32 = 0
                for digit in place + 2..<place + 6 { unit = unit << 4 | (bytes[digit].hexDigitValue ?? 0) }
                units.append(UInt16(truncatingIfNeeded: unit))
                place += 6
                continue
            }
            endUnits()
            switch bytes[place + 1] {
            case UInt8(ascii: "b"): text.append(8)
            case UInt8(ascii: "t"): text.append(9)
            case UInt8(ascii: "n"): text.append(10)
            case UInt8(ascii: "f"): text.append(12)
            case UInt8(ascii: "r"): text.append(13)
            case let byte: text.append(byte)
            }
            place += 2
        }
        endUnits()
        return text
    }
}
