import Testing

@Suite struct WarningTests {
    @Test(arguments: bad) func `complaints about warnings have their place`(_ bad: BadPolicy) throws { try bad.check() }

    static let bad: [BadPolicy] = [
        BadPolicy(
            "a ceiling above the link", "ceiling: 100%             #", "ceiling: 1gbit             #",
            #"24:16: warning: slice "perp": the ceiling 1gbit is above the link's 190mbit, which holds"#),
        BadPolicy(
            "a class's ceiling above the link", "{name: orders,      guarantee: 25%, ceiling: 100%",
            "{name: orders,      guarantee: 25%, ceiling: 1gbit",
            #"18:36: warning: class "orders": the ceiling 1gbit is above the link's 190mbit, which holds"#),
        BadPolicy(
            "DSCP that nobody may set", "trustDscp: [10.0.0.0/24]", "trustDscp: []",
            "36:5: warning: the rule never matches: it wants a DSCP, and fabric.trustDscp believes nobody's"),
        BadPolicy(
            "a slice with one port and no peer", "peers:\n", "  - {name: spot, vni: 4202, ports: [p8]}\npeers:\n",
            #"30:5: warning: slice "spot" has no peers and fewer than two ports: its packets go nowhere"#),
        BadPolicy(
            "a slice with a peer and no port", "peers:\n  - {name: ldn, address: 192.0.2.2, slices: [perp]}",
            "  - {name: spot, vni: 4202}\npeers:\n  - {name: ldn, address: 192.0.2.2, slices: [perp, spot]}",
            #"30:5: warning: slice "spot" has peers, but no port: its packets go nowhere"#),
        BadPolicy(
            "a rule behind a wider one", "- {class: market-data, dscp: AF31}",
            "- {class: bulk, slice: perp, protocol: tcp, destinationPort: 9105, source: 10.0.0.128/25}",
            "36:5: warning: the rule never matches: the one on line 35 takes all it would"),
        BadPolicy(
            "a one-way rule behind an either-end one", "- {class: market-data, dscp: AF31}",
            "- {class: bulk, slice: perp, protocol: udp, sourcePort: 7001}",
            "36:5: warning: the rule never matches: the one on line 33 takes all it would"),
        BadPolicy(
            "a catch-all before others", "rules:\n", "rules:\n  - {class: bulk}\n",
            "34:5: warning: the rule never matches: the one on line 33 takes all it would",
            "35:5: warning: the rule never matches: the one on line 33 takes all it would",
            "36:5: warning: the rule never matches: the one on line 33 takes all it would",
            "37:5: warning: the rule never matches: the one on line 33 takes all it would"),
        BadPolicy(
            "a rule at odds with itself", "- {class: market-data, dscp: AF31}",
            "- {class: bulk, prefix: 10.1.0.0/16, source: 10.2.0.0/16, destination: 10.3.0.0/16}",
            "36:5: warning: the rule never matches: its conditions exclude each other"),
        BadPolicy(
            "a slice's own class ceiling above the slice's", "{bulk: {ceiling: 50%}}", "{bulk: {ceiling: 1gbit}}",
            #"26:15: warning: class "bulk" in slice "perp": the ceiling 1gbit is above the slice's 190mbit, which holds"#
        ),
    ]
}
