import Testing

@Suite struct RuleComplaintTests {
    @Test(arguments: bad) func `complaints about peers and rules have their place`(_ bad: BadPolicy) throws {
        try bad.check()
    }

    static let bad: [BadPolicy] = [
        BadPolicy(
            "a peer with this node's address", "address: 192.0.2.2", "address: 192.0.2.1",
            #"31:26: error: the address of peer "ldn" is this node's own, 192.0.2.1"#),
        BadPolicy(
            "a peer of another family", "address: 192.0.2.2", #"address: "2001:db8::2""#,
            #"31:26: error: 2001:db8::2 of peer "ldn" is not of the family of underlay.address, 192.0.2.1"#),
        BadPolicy(
            "two peers of an address and a name", "rules:\n",
            "  - {name: ldn, address: 192.0.2.2, slices: [perp]}\nrules:\n",
            #"32:12: error: two peer entries are named "ldn", the first on line 31"#,
            "32:26: error: the address 192.0.2.2 is also that of the peer on line 31"),
        BadPolicy(
            "an unknown slice of a peer", "slices: [perp]", "slices: [perq]",
            #"31:46: error: unknown slice "perq""#),
        BadPolicy(
            "a slice of a peer twice", "slices: [perp]", "slices: [perp, perp]",
            #"31:52: error: peer "ldn" has the slice "perp" twice"#),
        BadPolicy(
            "a peer without slices", "slices: [perp]", "slices: []",
            #"31:45: error: peer "ldn" shares no slice"#),
        BadPolicy(
            "an unknown class of a rule", "class: orders, protocol", "class: oders, protocol",
            #"35:13: error: unknown class "oders""#),
        BadPolicy(
            "an unknown slice of a rule", "slice: perp, protocol", "slice: gold, protocol",
            #"33:33: error: unknown slice "gold""#),
        BadPolicy(
            "an unknown protocol", "protocol: tcp", "protocol: TCP",
            #"35:31: error: protocol of rule: "TCP" is no protocol"#),
        BadPolicy(
            "a protocol without ports", "protocol: tcp", "protocol: icmp",
            "35:31: error: the rule has the key destinationPort, but protocol 1 has no ports"),
        BadPolicy(
            "payload of TCP", "protocol: udp, destinationPort: 7002", "protocol: tcp, destinationPort: 7002",
            "34:73: error: the rule looks at the payload, which it can of UDP only"),
        BadPolicy(
            "payload without protocol", "protocol: udp, destinationPort: 7002", "destinationPort: 7002",
            "34:58: error: the rule looks at the payload, which it can of UDP only"),
        BadPolicy(
            "an odd width", "width: 8", "width: 3",
            #"34:93: error: width of payload: "3" is no width of a field"#),
        BadPolicy(
            "a threshold that does not fit", "width: 8", "width: 2",
            "34:105: error: 1000000 does not fit into 2 bytes, so the rule never matches"),
        BadPolicy(
            "an offset beyond a packet", "offset: 16", "offset: 1401",
            #"34:82: error: offset of payload: "1401" is not a whole number in range"#),
        BadPolicy(
            "a payload test without threshold", ", atLeast: 1000000", "",
            #"34:73: error: payload has no "atLeast""#),
        BadPolicy(
            "a range backwards", "9100-9110", "9110-9100",
            #"35:60: error: destinationPort of rule: "9110-9100" ends before it begins"#),
        BadPolicy(
            "port 0", "port: 7001", "port: 0",
            #"33:60: error: port of rule: "0" is neither a port nor a range of ports"#),
        BadPolicy(
            "a negative port", "port: 7001", "port: -7001",
            #"33:60: error: port of rule: "-7001" is neither a port nor a range of ports"#),
        BadPolicy(
            "an empty list of ports", "[9000, 9100-9110]", "[]",
            "35:53: error: destinationPort of rule is an empty list"),
        BadPolicy(
            "a mapping for a value", "port: 7001", "port: {low: 1}",
            "33:60: error: port of rule is a mapping, not one value"),
        BadPolicy(
            "a listener without port", "listen: 127.0.0.1:9464", "listen: 127.0.0.1",
            #"38:11: error: listen of metrics: "127.0.0.1" has no port"#),
        BadPolicy(
            "a listener on a bad address", "listen: 127.0.0.1:9464", "listen: 127.0.0.256:9464",
            #"38:11: error: listen of metrics: "127.0.0.256" is no host"#),
        BadPolicy(
            "guarantees above the link", "guarantee: 50%            #", "guarantee: 92%            #",
            "6:9: error: guarantees add up to 196.954mbit, but the link carries 190mbit (200mbit less 5%): express 18.354mbit, the node's own 3.8mbit, slices with quotas 174.8mbit, floors of the others 0bit"
        ),
    ]
}
