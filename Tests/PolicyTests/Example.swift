import Policy

/// The policy that most tests begin with.
let example = """
    apiVersion: shaper/v1
    node: ny
    underlay:
      interface: u0
      address: 192.0.2.1          # this node's VTEP address, IPv4 or IPv6
      rate: 200mbit               # what the path really carries
      headroom: 5%                # default
      port: 4789                  # UDP port of VXLAN, default
    fabric:                       # all optional, the defaults shown
      ageing: 300s
      flood: 1000                 # copied frames a second and slice
      macLimit: 1024
      dscp: pipe                  # or uniform (RFC 2983)
      trustDscp: [10.0.0.0/24]    # prefixes whose DSCP rules may believe
    classes:                      # in order; % of the slice
      - {name: liquidation, lane: express, ceiling: 10%, dscp: EF}
      - {name: settlement,  guarantee: 25%, ceiling: 100%, dscp: AF41}
      - {name: orders,      guarantee: 25%, ceiling: 100%, dscp: CS4}
      - {name: market-data, guarantee: 25%, ceiling: 100%, dscp: AF31, queue: 20ms}
      - {name: bulk,        guarantee: 5%,  ceiling: 100%, dscp: LE, default: true}
    slices:
      - name: perp
        vni: 4201
        guarantee: 50%            # optional, % of the link
        ceiling: 100%             # optional
        classes: {bulk: {ceiling: 50%}}   # optional, this slice only
        ports:
          - p1                    # or in full:
          - {interface: p3, vlan: 12, static: [{mac: "02:00:00:00:00:07", ip: 10.0.0.7}]}
    peers:
      - {name: ldn, address: 192.0.2.2, slices: [perp]}
    rules:
      - {class: liquidation, slice: perp, protocol: udp, port: 7001}     # either direction
      - {class: liquidation, protocol: udp, destinationPort: 7002, payload: {offset: 16, width: 8, atLeast: 1000000}}
      - {class: orders, protocol: tcp, destinationPort: [9000, 9100-9110], source: 10.0.0.0/24}
      - {class: market-data, dscp: AF31}
    metrics:
      listen: 127.0.0.1:9464
    """

/// The lines of the example's messages: number, column, text.
func complaints(_ text: String) -> [String] { PolicyParser.parse(text).diagnostics.map(\.description) }
