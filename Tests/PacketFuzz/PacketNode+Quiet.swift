@testable import PacketLab

extension PacketNode {
    /// A node that knows who is where. Tenants' ends, and the host behind the trunk, answer nothing.
    static func quiet() throws -> PacketNode {
        let node = try PacketNode.informed()
        try run(
            """
            for end in t1 t2 t3 t4 p4; do
                echo 8 >/proc/sys/net/ipv4/conf/$end/arp_ignore
                echo 1 >/proc/sys/net/ipv4/conf/$end/rp_filter
            done
            """)
        return node
    }
}
