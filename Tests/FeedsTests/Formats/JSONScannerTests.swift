import Testing

@testable import Feeds

@Suite struct JSONScannerTests {
    /// The value of member "x" of an object.
    private func member(_ text: String) throws -> (value: JSONValue, bytes: [UInt8])? {
        let bytes = Array(text.utf8)
        var scanner = JSONScanner()
        var found: JSONValue?
        try scanner.enter(bytes.span)
        while let name = try scanner.next(bytes.span) {
            if name == "x" { found = try scanner.value(bytes.span) } else { try scanner.skip(bytes.span) }
        }
        try scanner.finish(bytes.span)
        return found.map { ($0, bytes) }
    }

    private func double(_ text: String) throws -> Double? {
        guard let (value, bytes) = try member("{\"x\":\(text)}") else { return nil }
        return try value.double(bytes.span, "number")
    }

    @Test func `a member is found behind everything JSON has`() throws {
        let (value, bytes) = try #require(
            try member(
                """
                 { "a" : [ ] , "b":{}, "c": [1, {"x": 5, "d": [true,false,null]}, "]}\\"", -0.5e-3],\r\n\t"long name of a member": "é",
                "x" : 7 }\u{20}
                """))
        #expect(try value.double(bytes.span, "number") == 7)
    }

    @Test func `the last of two members with one name counts`() throws {
        let (value, bytes) = try #require(try member(#"{"x": 1, "x": 2}"#))
        #expect(try value.double(bytes.span, "number") == 2)
    }

    @Test func `a name and a text may be escaped`() throws {
        let (value, bytes) = try #require(try member(#"{"\u0078": "\u0042\u00e9\ud83d\ude00\n\"\/"}"#))
        guard case .string(let text) = value else { return #expect(Bool(false), "no string") }
        #expect(String(decoding: text.unescaped(bytes.span), as: UTF8.self) == "Bé😀\n\"/")
        let isText = value.isText(Array("bé😀\n\"/".utf8), bytes.span)
        #expect(isText)
    }

    @Test func `names differ whatever their length`() {
        let names: [JSONName] = ["a", "aa", "b", "0123456789abcdef", "0123456789abcdeg", "0123456789abcdef0"]
        for (index, name) in names.enumerated() {
            for (other, another) in names.enumerated() { #expect((name == another) == (index == other)) }
        }
    }

    @Test(arguments: [
        "", " ", "{", "}", "[]", "null", "{]", "{\"x\"}", "{\"x\":}", "{\"x\":1,}", "{,}", "{\"x\":1 \"y\":2}",
        "{\"x\":1}}", "{\"x\":1} x", "{\"x\":tru}", "{\"x\":nul}", "{\"x\":+1}", "{\"x\":.5}", "{\"x\":1.}",
        "{\"x\":01}",
        "{\"x\":1e}", "{\"x\":1e+}", "{\"x\":-}", "{\"x\":--1}", "{\"x\":0x10}", "{\"x\":NaN}", "{\"x\":\"}",
        "{\"x\":\"\\\"}",
        "{\"x\":\"\\q\"}", "{\"x\":\"\\u12\"}", "{\"x\":\"\\u12g4\"}", "{\"x\":\"\n\"}", "{\"a\":[1,]}",
        "{\"a\":[1 2]}",
        "{\"a\":[1}", "{\"a\":{\"b\":1]}", "{'x':1}", "{x:1}", "{\"x\":\"\\", "{\"x\":\"\\u", "\u{feff}{}",
    ])
    func `what is no JSON object is refused`(text: String) {
        #expect(throws: MalformedMessage.self) { try member(text) }
    }

    @Test func `a truncated text is refused wherever it ends`() throws {
        let text = #"{"a":[1,{"b":"c\u0041"}],"x":-1.5e3,"d":{"e":null,"f":true}}"#
        _ = try member(text)
        for length in 0..<text.utf8.count {
            #expect(throws: MalformedMessage.self) { try member(String(text.prefix(length))) }
        }
    }

    @Test func `nesting has an end`() throws {
        func nested(_ depth: Int) -> String {
            "{\"a\":" + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        }
        _ = try member(nested(64))
        #expect(throws: MalformedMessage.tooDeep) { try member(nested(66)) }
        #expect(throws: MalformedMessage.tooDeep) {
            try member("{\"a\":" + String(repeating: "{\"a\":", count: 100_000))
        }
    }

    @Test(arguments: [
        "0", "-0", "0.1", "36000.5", "-17.25", "1e22", "1e23", "123456789012345678", "12345678901234567890",
        "0.000000000000000000000000000001", "9007199254740993", "9007199254740992.5", "1.7976931348623157e308",
        "5e-324",
        "2.2250738585072011e-308", "1e-400", "0.30000000000000004", "179.99999999999999999999999999",
        "100000000000000000000000000000000000000000000000000000000000000000000000000", "1E+5", "7.6110",
    ])
    func `a number is the nearest double`(text: String) throws {
        #expect(try double(text)?.bitPattern == Double(text)?.bitPattern)
        #expect(try double("\"\(text)\"")?.bitPattern == Double(text)?.bitPattern)
    }

    @Test func `any decimal is the nearest double`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let whole = UInt64.random(in: 0...(1 << UInt64.random(in: 0...62)), using: &random)
            let digits = String(UInt64.random(in: 0...(1 << UInt64.random(in: 0...60)), using: &random))
            let power = Bool.random() ? "e\(Int.random(in: -330...330))" : ""
            let text = "\(whole).\(digits)\(power)"
            let expected = try #require(Double(text))
            if expected.isFinite {
                #expect(try double(text) == expected, "\(text)")
            } else {
                #expect(throws: MalformedMessage.self) { try double(text) }
            }
        }
    }

    @Test(arguments: [
        "1e400", "\"\"", "\" 1\"", "\"1 \"", "\"1,5\"", "\"Infinity\"", "\"nan\"", "\"0x1p3\"", "\"\\u0031\"", "[1]",
        "true",
    ])
    func `what is no number is not taken for one`(text: String) {
        #expect(throws: MalformedMessage.self) { try double(text) }
    }

    @Test func `a number that nobody wants is checked like one that is read`() {
        var random = SystemRandomNumberGenerator()
        var (good, bad) = (0, 0)
        for _ in 0..<20_000 {
            let text = String(
                (0..<Int.random(in: 1...6, using: &random)).map { _ in "0123-+.eE".randomElement() ?? "0" })
            let isRead = (try? member("{\"x\":\(text)}")) != nil
            let isPassed = (try? member("{\"a\":\(text),\"x\":[\(text)]}")) != nil
            #expect(isRead == isPassed, "\(text)")
            if isRead { good += 1 } else { bad += 1 }
        }
        #expect(good > 100 && bad > 100)
    }

    @Test func `seconds become nanoseconds without a rounding error`() throws {
        func time(_ text: String, places: Int = 9) throws -> Int64 {
            let bytes = Array(text.utf8)
            var position = 0
            return try FeedTime.nanoseconds(try JSONNumber(bytes.span, at: &position), places: places)
        }
        #expect(try time("1700000000.25") == 1_700_000_000_250_000_000)
        #expect(try time("1700000000.123456789") == 1_700_000_000_123_456_789)
        #expect(try time("1.7e9") == 1_700_000_000_000_000_000)
        #expect(try time("0") == 0)
        #expect(try time("1e-30") == 0)
        #expect(try time("1626992741012", places: 6) == 1_626_992_741_012_000_000)
        for text in ["-1", "1e10", "1e300", "99999999999999999999", "1e4000000000000000000"] {
            #expect(throws: MalformedMessage.impossible("time")) { try time(text) }
        }
    }
}
