import Testing

@testable import Policy

/// The example with more of one part; the complaints, without remedies.
private func more(_ part: String, before: String, _ count: Int, _ line: (Int) -> String) -> [String] {
    let lines = (0..<count).map(line).joined(separator: "\n")
    let text = example.replacing("\n\(before):", with: "\n\(lines)\n\(before):")
    return PolicyParser.parse(text).diagnostics.filter { $0.severity == .error }.map(\.message)
}

/// Each limit: one less is accepted, so that the limit is what it says.
@Suite struct LimitTests {
    @Test func `256 rules can apply to a slice`() {
        // The example has four.
        let rule = { (number: Int) in "  - {class: bulk, slice: perp, protocol: tcp, port: \(number + 1)}" }
        #expect(more("rules", before: "metrics", 252, rule) == [])
        #expect(
            more("rules", before: "metrics", 253, rule) == [
                #"257 rules apply to slice "perp" (3 of them to every slice), more than 256"#
            ])
        let shared = { (number: Int) in "  - {class: bulk, protocol: tcp, port: \(number + 1)}" }
        #expect(more("rules", before: "metrics", 254, shared) == ["257 rules apply to every slice, more than 256"])
    }

    @Test func `a slice can have 64 ports`() {
        let slice = { (count: Int) in
            { (_: Int) in "  - {name: spot, vni: 2, ports: [\((0..<count).map { "q\($0)" }.joined(separator: ", "))]}" }
        }
        #expect(more("slices", before: "peers", 1, slice(64)) == [])
        #expect(more("slices", before: "peers", 1, slice(65)) == [#"65 ports of slice "spot" are more than 64"#])
    }

    @Test func `a node can have 511 peers`() {
        let peer = { (number: Int) in
            "  - {name: p\(number), address: 10.0.\(number / 256).\(number % 256), slices: [perp]}"
        }
        #expect(more("peers", before: "rules", 510, peer) == [])
        #expect(more("peers", before: "rules", 511, peer) == ["512 peers are more than a node can have"])
    }

    @Test func `a node can have 4,096 slices, 1,024 of them with quotas`() {
        let slice = { (number: Int) in
            "  - {name: s\(number), vni: \(number + 1), ports: [x\(number), y\(number % 4095)]}"
        }
        let found = more("slices", before: "peers", 4096) { slice($0).replacing(", y\($0 % 4095)", with: "") }
        #expect(found == ["4097 slices are more than a node can have"])
        let quotas = more("slices", before: "peers", 1024) {
            "  - {name: s\($0), vni: \($0 + 1), ceiling: 10%, ports: [x\($0), y\($0)]}"
        }
        #expect(quotas == ["1025 slices with a guarantee or ceiling are more than there are queues for"])
    }

    @Test func `a node can have 10,000 rules`() {
        let found = more("rules", before: "metrics", 9997) { _ in "  - {class: bulk}" }
        #expect(found.contains("10001 rules are more than 10000"))
    }
}
