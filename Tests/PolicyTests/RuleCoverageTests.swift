import Testing

@testable import Policy

@Suite struct RuleCoverageTests {
    /// The lines of the two rules that are said never to match.
    private func useless(_ first: String, _ second: String) -> [Int] {
        let head = example.prefix(upTo: example.firstRange(of: "  - {class: liquidation, slice")!.lowerBound)
        let outcome = PolicyParser.parse(head + "  - {class: orders, \(first)}\n  - {class: bulk, \(second)}\n")
        #expect(outcome.policy != nil, "\(outcome.diagnostics)")
        return outcome.diagnostics.map { $0.line - 32 }
    }

    @Test(arguments: [
        ("protocol: tcp", "protocol: tcp, destinationPort: 80"), ("port: 1-1000", "protocol: sctp, sourcePort: 80"),
        ("port: [1-80, 81-1000]", "port: 70-90"), ("dscp: [EF, LE]", "dscp: LE, protocol: udp"),
        ("prefix: 10.0.0.0/8", "source: 10.1.0.0/16"), ("prefix: 10.0.0.0/8", "prefix: 10.1.0.0/16, port: 80"),
        ("port: 80, prefix: 10.0.0.0/8", "destinationPort: 80, destination: 10.1.0.0/16"),
        ("source: [10.0.0.0/8, 11.0.0.0/8]", "source: 11.0.0.0/24, destination: 12.0.0.0/8"),
        (
            "protocol: udp, payload: {offset: 0, width: 1, atLeast: 5}",
            "protocol: udp, payload: {offset: 0, width: 1, atLeast: 6}"
        ),
        ("protocol: tcp", "slice: perp, protocol: tcp"), ("slice: perp, protocol: tcp", "slice: perp, protocol: tcp"),
    ])
    func `a rule that an earlier one covers never matches`(first: String, second: String) {
        #expect(useless(first, second) == [2])
    }

    @Test(arguments: [
        ("protocol: tcp, destinationPort: 80", "protocol: tcp"), ("port: 1-1000", "protocol: tcp"),
        ("port: 80", "protocol: icmp"), ("destinationPort: 80", "port: 80"), ("sourcePort: 80", "destinationPort: 80"),
        ("port: [1-79, 81-1000]", "port: 70-90"), ("dscp: EF", "dscp: [EF, LE]"), ("dscp: EF", "protocol: udp"),
        ("source: 10.0.0.0/8", "prefix: 10.1.0.0/16"), ("prefix: 10.1.0.0/16", "prefix: 10.0.0.0/8"),
        // The port at one end and the prefix at the other: an either-end rule wants both at the same.
        ("port: 80, prefix: 10.0.0.0/8", "destinationPort: 80, source: 10.1.0.0/16"),
        ("source: \"::/0\"", "source: 10.0.0.0/8"),
        (
            "protocol: udp, payload: {offset: 0, width: 1, atLeast: 5}",
            "protocol: udp, payload: {offset: 0, width: 1, atLeast: 4}"
        ),
        ("protocol: udp, payload: {offset: 0, width: 1, atLeast: 5}", "protocol: udp"),
        ("slice: perp, protocol: tcp", "protocol: tcp"),
    ])
    func `a rule that an earlier one covers in part may match`(first: String, second: String) {
        #expect(useless(first, second) == [])
    }

    @Test func `a rule whose conditions exclude each other never matches`() {
        #expect(useless("port: 80, sourcePort: 81, destinationPort: 82", "port: 80, sourcePort: 81") == [1])
    }
}
