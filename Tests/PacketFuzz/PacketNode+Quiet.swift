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

    /// Lets both hosts speak in both slices: whatever frames made of the tables, one is at a port and the other behind a
    /// peer again.
    func remember() throws {
        try refillBuckets()
        for port in ["p1", "p2"] { try meet(.host, at: port) }
        let before = try counts()
        for network: UInt32 in [4201, 4202] {
            let frame = tunnelled(network, from: "192.0.2.2").ethernet(to: .broadcast, from: .farHost)
            try end("w0").send(frame.payload(count: 46).bytes)
        }
        guard try eventually({ try self.counts().exceeding(before)["delivered"] == 2 }) else {
            throw CommandFailure(command: "remember", output: "\(try counts().exceeding(before))")
        }
    }
}
