import Testing

@testable import Policy

@Suite struct ExampleTests {
    @Test func `the example says what it says`() throws {
        #expect(complaints(example) == [])
        let policy = try #require(PolicyParser.parse(example).policy)
        #expect(policy.node == "ny")
    }
}
