import Testing

@Suite struct SliceComplaintTests {
    @Test(arguments: bad) func `complaints about slices and ports have their place`(_ bad: BadPolicy) throws {
        try bad.check()
    }

    static let bad: [BadPolicy] = [
        BadPolicy(
            "a VNI of 25 bits", "vni: 4201", "vni: 16777216",
            #"23:10: error: vni of slice "perp": "16777216" is not a whole number in range"#),
        BadPolicy(
            "a VNI of nothing", "vni: 4201", "vni: 0",
            #"23:10: error: vni of slice "perp": "0" is not a whole number in range"#),
        BadPolicy(
            "a VNI and name twice", "peers:\n", "  - {name: perp, vni: 4201, ports: [p8]}\npeers:\n",
            #"30:12: error: two slice entries are named "perp", the first on line 22"#,
            "30:23: error: the VNI 4201 is also that of the slice on line 23"),
        BadPolicy(
            "class figures of a slice without quota", "peers:\n",
            "  - {name: spot, vni: 4202, classes: {bulk: {ceiling: 50%}}, ports: [p8, p9]}\npeers:\n",
            #"30:38: error: slice "spot" has class figures of its own, but no guarantee or ceiling"#),
        BadPolicy(
            "an unknown class in a slice", "{bulk: {ceiling: 50%}}", "{bulky: {ceiling: 50%}}",
            #"26:15: error: unknown class "bulky""#),
        BadPolicy(
            "a guarantee of an express class in a slice", "{bulk: {ceiling: 50%}}", "{liquidation: {guarantee: 5%}}",
            #"26:40: error: class "liquidation" of slice "perp" is express and has a guarantee"#),
        BadPolicy(
            "an interface in two slices", "peers:\n", "  - {name: spot, vni: 4202, ports: [p1, p9]}\npeers:\n",
            #"30:37: error: the interface "p1" is already a port, on line 28"#),
        BadPolicy(
            "an interface whole and as trunk", "    - {interface: p3", "    - p3\n      - {interface: p3",
            #"30:9: error: "p3" is a port both whole and by VLAN (line 29)"#),
        BadPolicy(
            "a VLAN twice", "peers:\n", "  - {name: spot, vni: 4202, ports: [p8, {interface: p3, vlan: 12}]}\npeers:\n",
            #"30:41: error: VLAN 12 of "p3" is already a port, on line 29"#),
        BadPolicy(
            "a VLAN out of range", "vlan: 12", "vlan: 4095",
            #"29:31: error: vlan of port: "4095" is not a whole number in range"#),
        BadPolicy(
            "the underlay as a port", "- p1 ", "- u0 ",
            #"28:9: error: "u0" is the underlay, it cannot be a port"#),
        BadPolicy(
            "the tunnel device as a port", "- p1 ", "- sh-ny ",
            #"28:9: error: "sh-ny" is the tunnel device, it cannot be a port"#),
        BadPolicy(
            "XDP of a VLAN", "vlan: 12,", "vlan: 12, xdp: native,",
            "29:40: error: XDP reads whole interfaces, not VLANs of them"),
        BadPolicy(
            "XDP of another kind", "- p1 ", "- {interface: p1, xdp: generic} ",
            #"28:30: error: xdp of port: "generic" is no way to run XDP"#),
        BadPolicy(
            "a multicast static address", "02:00:00:00:00:07", "03:00:00:00:00:07",
            #"29:50: error: mac of static entry: "03:00:00:00:00:07" is no single station's address"#),
        BadPolicy(
            "a static address twice", "ip: 10.0.0.7}]", #"ip: 10.0.0.7}, {mac: "02:00:00:00:00:07"}]"#,
            "29:92: error: 02:00:00:00:00:07 is already static in this slice, on line 29"),
        BadPolicy(
            "an IP address of two stations on one port", "ip: 10.0.0.7}]",
            #"ip: 10.0.0.7}, {mac: "02:00:00:00:00:08", ip: 10.0.0.7}]"#,
            "29:117: error: 10.0.0.7 is already another station's in this slice, on line 29"),
        BadPolicy(
            "an IP address of stations on two ports", "peers:\n",
            """
                  - {interface: p4, static: [{mac: "02:00:00:00:00:08", ip: 10.0.0.7}]}
            peers:

            """,
            "30:65: error: 10.0.0.7 is already another station's in this slice, on line 29"),
    ]
}
