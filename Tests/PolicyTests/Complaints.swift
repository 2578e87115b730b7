import Testing

@testable import Policy

/// A change to the example, and the complaints it earns.
struct BadPolicy: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let old: String
    let new: String
    /// How the complaints begin, in order: `line:column: severity: message`.
    var complaints: [String]

    init(_ sentence: String, _ old: String, _ new: String, _ complaints: String...) {
        testDescription = sentence
        self.old = old
        self.new = new
        self.complaints = complaints
    }

    /// Fails the test unless there are exactly these complaints, and a policy only if none is an error.
    func check() throws {
        let range = try #require(example.firstRange(of: old), "the example has changed")
        var text = example
        text.replaceSubrange(range, with: new)
        let outcome = PolicyParser.parse(text)
        let found = outcome.diagnostics.map(\.description)
        #expect(found.count == complaints.count, "\(found)")
        for (found, expected) in zip(found, complaints) { #expect(found.hasPrefix(expected)) }
        #expect((outcome.policy == nil) == outcome.diagnostics.contains { $0.severity == .error })
    }
}
