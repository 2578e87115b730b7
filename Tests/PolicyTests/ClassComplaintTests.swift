import Testing

@Suite struct ClassComplaintTests {
    @Test(arguments: bad) func `complaints about classes have their place`(_ bad: BadPolicy) throws { try bad.check() }

    static let bad: [BadPolicy] = [
        BadPolicy(
            "an express class without ceiling", "lane: express, ceiling: 10%,", "lane: express,",
            #"16:5: error: the express class "liquidation" has no ceiling"#),
        BadPolicy(
            "an express class with a guarantee", "lane: express, ceiling: 10%,",
            "lane: express, ceiling: 10%, guarantee: 5%,",
            #"16:65: error: class "liquidation" is express and has a guarantee"#),
        BadPolicy(
            "an unknown lane", "lane: express", "lane: fast",
            #"16:31: error: lane of class "liquidation": "fast" is not known here"#),
        BadPolicy(
            "a ceiling of nothing", "lane: express, ceiling: 10%", "lane: express, ceiling: 0%",
            #"16:49: error: ceiling of class "liquidation": "0%" would let nothing pass"#),
        BadPolicy(
            "an unknown DSCP", "dscp: AF41", "dscp: AF44",
            #"17:62: error: dscp of class "settlement": "AF44" is not a DSCP"#),
        BadPolicy(
            "a queue too long", "queue: 20ms", "queue: 20s",
            #"19:75: error: queue of class "market-data": "20s" is out of range"#),
        BadPolicy(
            "a boolean of YAML 1.1", "default: true", "default: yes",
            #"20:75: error: default of class "bulk": "yes" is neither true nor false"#),
        BadPolicy(
            "no default class", ", default: true", "",
            "16:3: error: no class is the default"),
        BadPolicy(
            "two default classes", "dscp: CS4}", "dscp: CS4, default: true}",
            #"20:75: error: class "bulk" is a second default, "orders" on line 18 is the first"#),
        BadPolicy(
            "an express default", "dscp: EF}", "dscp: EF, default: true}",
            #"16:73: error: the default class "liquidation" is express"#,
            #"20:75: error: class "bulk" is a second default, "liquidation" on line 16 is the first"#),
        BadPolicy(
            "two classes of a name", "name: orders,", "name: settlement,",
            #"18:12: error: two class entries are named "settlement", the first on line 17"#,
            #"35:13: error: unknown class "orders""#),
        BadPolicy(
            "a class without name", "{name: orders,      guarantee", "{guarantee",
            #"18:5: error: class has no "name""#,
            #"35:13: error: unknown class "orders""#),
        BadPolicy(
            "eight queued classes", "slices:\n",
            "  - {name: c5}\n  - {name: c6}\n  - {name: c7}\n  - {name: c8}\nslices:\n",
            "24:5: error: 9 classes are more than 8",
            "24:5: error: 8 queued classes are more than 7"),
    ]
}
