import Testing

@Suite struct SumComplaintTests {
    @Test(arguments: bad) func `complaints about sums and YAML have their place`(_ bad: BadPolicy) throws {
        try bad.check()
    }

    static let bad: [BadPolicy] = [
        BadPolicy(
            "a slice's guarantee above its ceiling", "ceiling: 100%             #", "ceiling: 40%             #",
            #"24:16: error: slice "perp": the guarantee 95mbit is above the ceiling 76mbit"#),
        BadPolicy(
            "classes above the slice's guarantee", "{name: bulk,        guarantee: 5%,",
            "{name: bulk,        guarantee: 26%,",
            #"24:16: error: slice "perp": guarantees of classes add up to 96.95mbit, more than the 95mbit there are (a class counts at least 1mbit)"#
        ),
        BadPolicy(
            "a class's guarantee above its ceiling", "{bulk: {ceiling: 50%}}",
            "{bulk: {guarantee: 10mbit, ceiling: 5mbit}}",
            #"26:15: error: class "bulk" in slice "perp": the guarantee 10mbit is above the ceiling 5mbit"#),
        BadPolicy(
            "an alias", "[10.0.0.0/24]    #", "&a [10.0.0.0/24]\n  macLimit: *a   #",
            #"15:13: error: the alias "*a" is not taken"#),
        BadPolicy(
            "tabs", "  headroom", "\theadroom",
            "7:1: error: not YAML: found character that cannot start any token (while scanning for the next token, line 7)"
        ),
        BadPolicy(
            "a second document", "metrics:", "---\nmetrics:",
            "37:1: error: not YAML: but found another document (expected a single document in the stream, line 1)"),
    ]
}
