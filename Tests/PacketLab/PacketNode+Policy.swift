import CBPF
import Policy

@testable import Datapath

extension PacketNode {
    /// Slice `perp` has queues of its own, two ports and a part of a trunk, and both peers; `spot` shares the common
    /// subtree, has one port and the trunk's other part, and one peer. The rules have one of every kind.
    static let policy = """
        apiVersion: shaper/v1
        node: NODE
        underlay: {interface: u0, address: 192.0.2.1, rate: 200mbit}
        fabric: {flood: 10, macLimit: 64, trustDscp: [10.7.0.0/16, "2001:db8:7::/48"]}
        classes:
          - {name: liquidation, lane: express, ceiling: 10%, dscp: EF}
          - {name: settlement,  guarantee: 25%, dscp: AF41}
          - {name: orders,      guarantee: 25%, dscp: CS4}
          - {name: market-data, guarantee: 25%, dscp: AF31}
          - {name: bulk,        guarantee: 5%, dscp: LE, default: true}
        slices:
          - name: perp
            vni: 4201
            guarantee: 50%
            ceiling: 100%
            ports:
              - p1
              - {interface: p3, static: [{mac: "02:00:00:00:00:07"}]}
              - {interface: p4, vlan: 12}
          - {name: spot, vni: 4202, ports: [p2, {interface: p4, vlan: 13}]}
        peers:
          - {name: ldn, address: 192.0.2.2, slices: [perp, spot]}
          - {name: fra, address: 192.0.2.3, slices: [perp]}
        rules:
          - {class: liquidation, slice: perp, protocol: udp, port: 7001}
          - {class: liquidation, protocol: udp, destinationPort: 7002, payload: {offset: 2, width: 2, atLeast: 1000}}
          - {class: settlement, protocol: tcp, port: 8443, prefix: 10.8.0.0/24}
          - {class: orders, protocol: tcp, destinationPort: [9000, 9100-9110], source: 10.0.0.0/24}
          - {class: orders, protocol: tcp, sourcePort: 9200, destination: 10.0.0.0/24}
          - {class: settlement, prefix: "2001:db8:8::/48"}
          - {class: orders, protocol: sctp, port: 5000}
          - {class: orders, protocol: icmp}
          - {class: market-data, dscp: AF31}
        """
}

extension PacketNode {
    /// The same with port `p1` read by XDP.
    static let xdpPolicy = policy.replacing("- p1\n", with: "- {interface: p1, xdp: native}\n")

    /// The node of most tables: who is where is known, so that nothing more is learned.
    static func informed(_ text: String = policy) throws -> PacketNode {
        let node = try PacketNode(text)
        try node.learn(.farHost, behind: "192.0.2.2", vni: 4201)
        try node.learn(.farHost, behind: "192.0.2.2", vni: 4202)
        for port in ["p1", "p2"] { try node.meet(.host, at: port) }
        return node
    }

    /// Makes the node learn that the address is at the port, by a frame that goes nowhere else.
    func meet(_ mac: MACAddress, at port: String) throws {
        try pass(Packet.ethernet(to: mac, from: mac).payload(count: 46).bytes, at: port)
    }

    /// Makes the next hop of every peer good until then, or takes it back: then XDP sends nothing there.
    func keepHops(until time: UInt64 = .max) throws {
        let maps = kernel.pinned!.maps
        for index in try IndexAllocation(of: kernel.activeImage()!).peers.values.map(UInt32.init) {
            guard var hop = try maps.hops.value(index, initially: shaper_hop()), hop.header.0 != 0 else {
                throw CommandFailure(command: "keep hops", output: "peer \(index) has none")
            }
            hop.until = time
            try maps.hops.set(index, hop)
        }
    }

    /// Frames that XDP has sent from an interface.
    func sentByXDP(_ interface: String) throws -> Int {
        let lines = try run("ethtool -S \(interface)").split(separator: "\n").map { $0.split(separator: " ") }
        let counts = lines.filter { $0.first?.hasSuffix("_xdp_xmit:") == true }.compactMap { Int($0[1]) }
        guard !counts.isEmpty else {
            throw CommandFailure(command: "ethtool -S \(interface)", output: "no XDP counter")
        }
        return counts.reduce(0, +)
    }
}
