/// Walks one JSON text in place: it builds nothing, and says where things are.
///
/// The text is handed to every call, and is the same in each. Grammar is checked in full, but for the validity of
/// UTF-8 and of surrogate pairs inside strings.
struct JSONScanner {
    private(set) var position = 0
    /// Of the object being walked, no member has been read yet.
    private var isFresh = false

    private static let deepest = 64

    /// Enters an object, as a whole text or as a member's value.
    mutating func enter(_ bytes: Span<UInt8>) throws(MalformedMessage) {
        try expect(UInt8(ascii: "{"), bytes)
        isFresh = true
    }

    /// The next member's name, its value to be read next; nil after the object's end.
    mutating func next(_ bytes: Span<UInt8>) throws(MalformedMessage) -> JSONName? {
        skipSpace(bytes)
        if peek(bytes) == UInt8(ascii: "}") {
            position += 1
            isFresh = false
            return nil
        }
        if !isFresh { try expect(UInt8(ascii: ","), bytes) }
        isFresh = false
        return try name(bytes)
    }

    /// Nothing follows the text.
    mutating func finish(_ bytes: Span<UInt8>) throws(MalformedMessage) {
        skipSpace(bytes)
        guard position == bytes.count else { throw .syntax(at: position) }
    }

    /// Whether the value to be read is an object.
    mutating func isAtObject(_ bytes: Span<UInt8>) -> Bool {
        skipSpace(bytes)
        return peek(bytes) == UInt8(ascii: "{")
    }

    /// A member's value; objects and arrays are passed over.
    mutating func value(_ bytes: Span<UInt8>) throws(MalformedMessage) -> JSONValue {
        skipSpace(bytes)
        switch peek(bytes) {
        case UInt8(ascii: "\""): return .string(try string(bytes))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return .number(try JSONNumber(bytes, at: &position))
        case UInt8(ascii: "n"):
            try literal("null", bytes)
            return .null
        default:
            try skip(bytes)
            return .other
        }
    }

    /// Passes over a member's value.
    mutating func skip(_ bytes: Span<UInt8>) throws(MalformedMessage) {
        // One bit for each level that is open, the innermost last: 1 for an object.
        var levels: UInt64 = 0
        var depth = 0
        values: while true {
            skipSpace(bytes)
            switch peek(bytes) {
            case UInt8(ascii: "\""): _ = try string(bytes)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try skipNumber(bytes)
            case UInt8(ascii: "t"): try literal("true", bytes)
            case UInt8(ascii: "f"): try literal("false", bytes)
            case UInt8(ascii: "n"): try literal("null", bytes)
            case UInt8(ascii: "{"):
                position += 1
                skipSpace(bytes)
                if peek(bytes) == UInt8(ascii: "}") {
                    position += 1
                    break
                }
                guard depth < Self.deepest else { throw .tooDeep }
                levels = levels << 1 | 1
                depth += 1
                _ = try name(bytes)
                continue values
            case UInt8(ascii: "["):
                position += 1
                skipSpace(bytes)
                if peek(bytes) == UInt8(ascii: "]") {
                    position += 1
                    break
                }
                guard depth < Self.deepest else { throw .tooDeep }
                levels <<= 1
                depth += 1
                continue values
            default: throw .syntax(at: position)
            }
            // A value has ended, and with it any number of levels.
            while depth > 0 {
                skipSpace(bytes)
                let isObject = levels & 1 == 1
                switch peek(bytes) {
                case UInt8(ascii: ","):
                    position += 1
                    if isObject { _ = try name(bytes) }
                    continue values
                case UInt8(ascii: "}") where isObject, UInt8(ascii: "]") where !isObject:
                    position += 1
                    levels >>= 1
                    depth -= 1
                default: throw .syntax(at: position)
                }
            }
            return
        }
    }

    /// The byte to be read; 0, which is no part of JSON, at the end.
    @inline(__always)
    private func peek(_ bytes: Span<UInt8>) -> UInt8 { position < bytes.count ? bytes[position] : 0 }

    @inline(__always)
    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        while true {
            switch peek(bytes) {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
            default: return
            }
        }
    }

    /// As `JSONNumber` reads it, but for what it is.
    private mutating func skipNumber(_ bytes: Span<UInt8>) throws(MalformedMessage) {
        let count = bytes.count
        var place = position
        if bytes[place] == UInt8(ascii: "-") { place += 1 }
        let integer = place
        while place < count, bytes[place].isDigit { place += 1 }
        guard place > integer, place == integer + 1 || bytes[integer] != UInt8(ascii: "0") else {
            throw .syntax(at: place)
        }
        if place < count, bytes[place] == UInt8(ascii: ".") {
            place += 1
            let fraction = place
            while place < count, bytes[place].isDigit { place += 1 }
            guard place > fraction else { throw .syntax(at: place) }
        }
        if place < count, bytes[place] | 0x20 == UInt8(ascii: "e") {
            place += 1
            if place < count, bytes[place] == UInt8(ascii: "-") || bytes[place] == UInt8(ascii: "+") { place += 1 }
            let power = place
            while place < count, bytes[place].isDigit { place += 1 }
            guard place > power else { throw .syntax(at: place) }
        }
        position = place
    }

    @inline(__always)
    private mutating func expect(_ byte: UInt8, _ bytes: Span<UInt8>) throws(MalformedMessage) {
        skipSpace(bytes)
        guard peek(bytes) == byte else { throw .syntax(at: position) }
        position += 1
    }

    private mutating func literal(_ word: StaticString, _ bytes: Span<UInt8>) throws(MalformedMessage) {
        for byte in word.description.utf8 {
            guard peek(bytes) == byte else { throw .syntax(at: position) }
            position += 1
        }
    }

    private mutating func name(_ bytes: Span<UInt8>) throws(MalformedMessage) -> JSONName {
        skipSpace(bytes)
        guard peek(bytes) == UInt8(ascii: "\"") else { throw .syntax(at: position) }
        let count = bytes.count
        let start = position + 1
        var letters = JSONName.Letters()
        var end = start
        while end < count {
            let byte = bytes[end]
            if byte == UInt8(ascii: "\"") {
                position = end + 1
                try expect(UInt8(ascii: ":"), bytes)
                return letters.name(of: end - start)
            }
            if byte == UInt8(ascii: "\\") { break }
            if byte < 0x20 { throw .syntax(at: end) }
            letters.add(byte)
            end += 1
        }
        let text = try string(bytes)
        try expect(UInt8(ascii: ":"), bytes)
        return JSONName(text.unescaped(bytes))
    }

    private mutating func string(_ bytes: Span<UInt8>) throws(MalformedMessage) -> JSONString {
        guard peek(bytes) == UInt8(ascii: "\"") else { throw .syntax(at: position) }
        let start = position + 1
        var end = start
        var isEscaped = false
        let count = bytes.count
        while end < count {
            let byte = bytes[end]
            if byte == UInt8(ascii: "\"") {
                position = end + 1
                return JSONString(range: start..<end, isEscaped: isEscaped)
            }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                end = try Self.afterEscape(bytes, at: end)
            } else if byte < 0x20 {
                throw .syntax(at: end)
            } else {
                end += 1
            }
        }
        throw .syntax(at: end)
    }

    private static func afterEscape(_ bytes: Span<UInt8>, at backslash: Int) throws(MalformedMessage) -> Int {
        guard backslash + 1 < bytes.count else { throw .syntax(at: bytes.count) }
        switch bytes[backslash + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return backslash + 2
        case UInt8(ascii: "u"):
            for place in backslash + 2..<backslash + 6 {
                guard place < bytes.count, bytes[place].hexDigitValue != nil else { throw .syntax(at: place) }
            }
            return backslash + 6
        default: throw .syntax(at: backslash + 1)
        }
    }
}

extension UInt8 {
    var hexDigitValue: UInt32? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(self - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(self - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(self - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    var lowercased: UInt8 {
        self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self
    }
}
