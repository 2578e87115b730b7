import Glibc

@testable import Datapath
@testable import PacketLab

/// A link of two veths in a namespace of its own: packets for 10.9.9.2 leave by v0, wait in its queues, and arrive
/// at v1.
struct VethPair {
    let netlink: Netlink
    let index: UInt32

    /// - Parameter transmitQueues: of v0; nil: as the kernel has them.
    init(transmitQueues: Int? = nil) throws {
        try enterNewNamespace()
        let number = transmitQueues.map { "numtxqueues \($0) numrxqueues \($0) " } ?? ""
        try run(
            """
            set -e
            ip link add v0 \(number)type veth peer name v1 \(number)
            ip addr add 10.9.9.1/24 dev v0
            ip link set v0 up; ip link set v1 up
            ip neigh add 10.9.9.2 lladdr 02:00:00:00:00:02 dev v0 nud permanent
            """)
        netlink = try Netlink()
        index = try netlink.interface(named: "v0").index
    }

    /// Sends datagrams of one flow to a queue, each `frameBytes` long with its Ethernet header.
    func send(_ count: Int, frameBytes: Int = 1000, to minor: UInt32) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var priority = QueueID.classID(minor)
        try check(setsockopt(descriptor, SOL_SOCKET, SO_PRIORITY, &priority, 4))
        // What waits in the queues still counts against the sender's buffer.
        var room: Int32 = 16 << 20
        try check(setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &room, 4))
        var address = sockaddr_in()
        address.sin_family = UInt16(AF_INET)
        address.sin_port = UInt16(7001).bigEndian
        address.sin_addr.s_addr = inet_addr("10.9.9.2")
        try withUnsafeBytes(of: &address) {
            let target = $0.assumingMemoryBound(to: sockaddr.self).baseAddress
            try check(connect(descriptor, target, socklen_t($0.count)))
        }
        let payload = [UInt8](repeating: 0, count: frameBytes - 42)
        for _ in 0..<count { _ = Glibc.send(descriptor, payload, payload.count, 0) }
    }

    /// Packets that arrived at the other end.
    func arrived() throws -> Int {
        let words = try run("ip -s -o link show v1 | sed 's/.*RX: *[^\\\\]*\\\\ *//'").split(separator: " ")
        return words.count > 1 ? Int(words[1]) ?? -1 : -1
    }

    private func check(_ outcome: Int32) throws {
        if outcome < 0 { throw KernelError(operation: "prepare", subject: "a socket", errno: errno) }
    }
}
