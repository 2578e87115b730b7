@testable import PacketLab

extension PacketNode {
    /// A node that knows who is where. Tenants' ends, and the host behind the trunk, answer nothing.
    static func quiet() throws -> PacketNode {
        let node = try PacketNode.informed(xdpPolicy)
        try node.keepHops()
        try run(
            """
            for end in t1 t2 t3 t4 p4; do
                echo 8 >/proc/sys/net/ipv4/conf/$end/arp_ignore
                echo 1 >/proc/sys/net/ipv4/conf/$end/rp_filter
            done
            """)
        return node
    }

    /// Lets both hosts speak in both slices: whatever frames made of the tables, one is at a port, the other behind a peer
    /// again, and that one has its addresses.
    func remember() throws {
        try refillBuckets()
        for port in ["p1", "p2"] { try meet(.host, at: port) }
        let said = Packet.ethernet(to: .broadcast, from: .farHost)
        for network: UInt32 in [4201, 4202] {
            try hear(said.arp(mac: .farHost, ip: "10.0.0.2", target: "10.0.0.2"), vni: network)
            try hear(said.advertisement("2001:db8::2", to: "ff02::1"), vni: network)
        }
    }
}
