import Testing

@Suite struct SettingsComplaintTests {
    @Test(arguments: bad) func `complaints about settings have their place`(_ bad: BadPolicy) throws { try bad.check() }

    static let bad: [BadPolicy] = [
        BadPolicy(
            "another version", "shaper/v1", "shaper/v2",
            #"1:13: error: the policy is not of version shaper/v1, but "shaper/v2""#),
        BadPolicy(
            "no version", "apiVersion: shaper/v1\n", "",
            #"1:1: error: the policy has no "apiVersion""#),
        BadPolicy(
            "an unknown key near a known one", "headroom: 5%", "headrom: 5%",
            #"7:3: error: unknown key "headrom" in underlay"#),
        BadPolicy(
            "an unknown key near none", "node: ny", "node: ny\nledger: {}",
            #"3:1: error: unknown key "ledger" in the policy"#),
        BadPolicy(
            "a key twice", "  headroom: 5%                # default\n", "  headroom: 5%\n  headroom: 6%\n",
            #"8:3: error: the key "headroom" of underlay is given twice, first on line 7"#),
        BadPolicy(
            "a class's key twice in one line", "{name: settlement,  guarantee: 25%,",
            "{name: settlement, guarantee: 25%, guarantee: 30%,",
            #"17:40: error: the key "guarantee" of class is given twice, first on line 17"#),
        BadPolicy(
            "a node's name in capitals", "node: ny", "node: NY",
            #"2:7: error: node of the policy: "NY" is no name for a node"#),
        BadPolicy(
            "a node's name too long for a device", "node: ny", "node: new-york-edge",
            #"2:7: error: node of the policy: "new-york-edge" is no name for a node"#),
        BadPolicy(
            "a rate without unit", "rate: 200mbit", "rate: 200",
            #"6:9: error: rate of underlay: "200" is not a rate"#),
        BadPolicy(
            "a rate in bytes", "rate: 200mbit", "rate: 25mbps",
            #"6:9: error: rate of underlay: "25mbps" is not a rate"#),
        BadPolicy(
            "a rate beyond 64 bits", "rate: 200mbit", "rate: 99999999999gbit",
            #"6:9: error: rate of underlay: "99999999999gbit" is more than 64 bits can count"#),
        BadPolicy(
            "a rate too low to share", "rate: 200mbit", "rate: 900kbit",
            #"6:9: error: rate of underlay: "900kbit" is out of range"#),
        BadPolicy(
            "headroom without %", "headroom: 5%", "headroom: 5",
            #"7:13: error: headroom of underlay: "5" is not a percentage"#),
        BadPolicy(
            "too much headroom", "headroom: 5%", "headroom: 51%",
            #"7:13: error: headroom of underlay: "51%" is out of range"#),
        BadPolicy(
            "a duration without unit", "ageing: 300s", "ageing: 300",
            #"10:11: error: ageing of fabric: "300" is not a duration"#),
        BadPolicy(
            "a duration out of range", "ageing: 300s", "ageing: 25h",
            #"10:11: error: ageing of fabric: "25h" is out of range"#),
        BadPolicy(
            "a count out of range", "macLimit: 1024", "macLimit: 0",
            #"12:13: error: macLimit of fabric: "0" is not a whole number in range"#),
        BadPolicy(
            "a number with a separator", "flood: 1000 ", "flood: 1_000 ",
            #"11:10: error: flood of fabric: "1_000" is not a whole number in range"#),
        BadPolicy(
            "an unknown DSCP model", "dscp: pipe", "dscp: tube",
            #"13:9: error: dscp of fabric: "tube" is not known here"#),
        BadPolicy(
            "host bits in a prefix", "trustDscp: [10.0.0.0/24]", "trustDscp: [10.0.0.7/24]",
            #"14:15: error: trustDscp of fabric: "10.0.0.7/24" has bits set after its length"#),
        BadPolicy(
            "a list that is none", "trustDscp: [10.0.0.0/24]", "trustDscp: 10.0.0.0/24",
            #"14:14: error: trustDscp of fabric is "10.0.0.0/24", not a list"#),
        BadPolicy(
            "an interface name too long", "interface: u0", "interface: a-very-long-name",
            #"4:14: error: interface of underlay: "a-very-long-name" is no interface name"#),
        BadPolicy(
            "a multicast address for a node", "address: 192.0.2.1 ", "address: 224.0.0.1 ",
            #"5:12: error: address of underlay: "224.0.0.1" is a multicast or broadcast address"#),
        BadPolicy(
            "an address with an octal byte", "address: 192.0.2.1 ", "address: 192.0.2.01 ",
            #"5:12: error: address of underlay: "192.0.2.01" is not an IPv4 or IPv6 address"#),
        BadPolicy(
            "an unspecified address", "address: 192.0.2.1 ", "address: 0.0.0.0 ",
            #"5:12: error: address of underlay: "0.0.0.0" is no address"#),
        BadPolicy(
            "a loopback address", "address: 192.0.2.1 ", "address: 127.0.0.1 ",
            #"5:12: error: address of underlay: "127.0.0.1" is a loopback address"#),
        BadPolicy(
            "no underlay interface", "  interface: u0\n", "",
            #"4:3: error: underlay has no "interface""#),
    ]
}
