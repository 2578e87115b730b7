import Testing

@testable import Policy

@Suite struct HostileTextTests {
    @Test(arguments: [
        ("", "1:1: error: the file is empty"), ("# nothing\n", "1:1: error: the file is empty"),
        ("a", #"1:1: error: the policy is "a", not a mapping"#), ("- a", "1:1: error: the policy is a list"),
        ("\u{0}", "1:1: error: not YAML: control characters are not allowed (U+0)"),
        ("node: \"\\e[31m\"", "1:1: error: the policy has no \"apiVersion\""),
        ("x: *y", "1:4: error: not YAML: found undefined alias"),
        ("a: &x [1]\nb: *x # here", #"2:4: error: the alias "*x" is not taken"#),
    ])
    func `a text that is no policy has a place for its first complaint`(text: String, complaint: String) throws {
        let first = try #require(complaints(text).first)
        #expect(first.hasPrefix(complaint))
    }

    @Test(arguments: ["[", "{a: ", "? ", "- ", "[{"])
    func `nesting without end is a complaint`(part: String) {
        for count in [900, 100_000] { #expect(!complaints(String(repeating: part, count: count)).isEmpty) }
    }

    /// Each list has the one before twice, the key has them all: 2^60 values if aliases were followed.
    @Test(.timeLimit(.minutes(1))) func `aliases of aliases as a key do not grow`() {
        let lists = (1..<60).map { "l\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]" }
        let bomb = (["l0: &a0 [x]"] + lists + ["? *a59", ": x"]).joined(separator: "\n")
        #expect(
            complaints(bomb) == [
                #"2:10: error: the alias "*a0" is not taken; write the value out: a policy says everything in its place"#
            ])
    }

    @Test func `quotes and comments hide no alias`() {
        for hidden in ["\"k # \": *b", "'it''s # ': *b", "\"two\n # lines\": *b", "k: |\n  \" # text\nj: *b"] {
            #expect(complaints("a: &b [x]\n\(hidden)\n").contains { $0.contains("the alias") }, "\(hidden)")
        }
    }

    @Test func `a comment may have a star and an ampersand`() {
        #expect(complaints("# R&D wants *D* here\n" + example) == [])
    }

    @Test func `what a message shows of a value cannot write on a terminal`() throws {
        let text = example.replacing("node: ny", with: #"node: "\e[31m"# + String(repeating: "x", count: 200) + "\"")
        let first = try #require(complaints(text).first)
        #expect(!first.unicodeScalars.contains { $0.value < 32 })
        #expect(first.contains(#"\u{1B}"#) && first.contains("..."))
    }

    @Test func `many duplicate keys end the reading, not the program`() {
        let text = example + "\n" + (0..<50).map { "k\($0): 1\nk\($0): 2" }.joined(separator: "\n")
        #expect(complaints(text).contains { $0.contains("is given twice") })
    }

    @Test(.timeLimit(.minutes(2))) func `changed at random, the example never ends the program`() {
        var random = SeededGenerator(seed: 3)
        let pieces = [
            "\t", "\n", "*a", "&a ", "{", "}", "[", "]", ":", "\"", "'", "-", "%", "\u{0}", "é", "999999999999", "? ",
            "| ",
        ]
        let original = Array(example.utf8)
        var accepted = 0
        for _ in 0..<1500 {
            var bytes = original
            for _ in 0..<(1 + random.next() % 4) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch random.next() % 4 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: place)
                case 2:
                    bytes.insert(contentsOf: pieces.randomElement(using: &random)?.utf8.map(\.self) ?? [], at: place)
                default: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &random))
                }
            }
            let outcome = PolicyParser.parse(String(decoding: bytes, as: UTF8.self))
            #expect((outcome.policy == nil) == outcome.diagnostics.contains { $0.severity == .error })
            if outcome.policy != nil { accepted += 1 }
        }
        // Changes in comments do no harm; if none or all were accepted, the test would test nothing.
        #expect((1..<1500).contains(accepted))
    }

    @Test func `random bytes never end the program`() {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<2000 {
            let bytes = (0..<(random.next() % 64)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            #expect(PolicyParser.parse(String(decoding: bytes, as: UTF8.self)).policy == nil)
        }
    }
}
