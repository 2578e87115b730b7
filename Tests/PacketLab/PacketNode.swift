import CBPF
import Glibc
import Plan
import Policy

@testable import Datapath

/// A node under test, in a network namespace that ends with the process: ports `p1` to `p4` whose tenants are at
/// `t1` to `t4`, and the underlay `u0` whose other end is `w0`. Nobody speaks there unasked.
///
/// Programs are run on single frames, or frames are sent through the interfaces.
final class PacketNode {
    let kernel: NodeKernel
    let programs: Programs
    let policy: Policy
    private let indices: [String: UInt32]
    private let slices: [(name: String, index: Int)]
    private let classes: [String]
    private let queues: [UInt32: String]
    private var sockets: [String: PacketSocket] = [:]

    /// - Parameter text: a policy, in which `NODE` stands for the node's name.
    init(_ text: String = PacketNode.policy, _ options: ApplyOptions = ApplyOptions()) throws {
        Self.removeLeftovers()
        policy = try Policy(validating: text.replacing("NODE", with: Self.name))
        try enterNewNamespace()
        try run(Self.links(policy.underlay.address) + Self.neighbours(policy) + Self.ends(policy))
        kernel = try NodeKernel(node: Self.name)
        let desired = try DesiredState(policy)
        try kernel.apply(desired, options)
        programs = try Programs(pinnedIn: kernel.folder.programs)
        indices = Dictionary(uniqueKeysWithValues: try kernel.netlink.interfaces().map { ($0.name, $0.index) })
        classes = policy.classes.map(\.name)
        let byVNI = try kernel.sliceIndices()
        slices = policy.slices.map { ($0.name, byVNI[$0.vni]!) }
        queues = try Self.names(of: desired, queueIndices: IndexAllocation(of: kernel.activeImage()!).queues)
    }

    deinit { _ = try? kernel.unload() }

    /// Names of nodes are the machine's; one process has one node.
    static var name: String { "\(prefix)\(getpid())" }
    private static let prefix = "pt"

    /// The pins of a test that crashed outlive its process and its namespace.
    private static func removeLeftovers() {
        for (_, node) in PinFolder.nodes() where node.hasPrefix(prefix) {
            guard let pid = pid_t(node.dropFirst(prefix.count)), kill(pid, 0) != 0, errno == ESRCH else { continue }
            PinFolder(node: node).remove()
        }
    }

    private static func names(of desired: DesiredState, queueIndices: [UInt32: Int]) -> [UInt32: String] {
        let slices = Dictionary(uniqueKeysWithValues: desired.slices.map { ($0.vni, $0.name) })
        var names: [UInt32: String] = [0: "none"]
        for queue in desired.queues.classes {
            names[QueueID.classID(queue.role.minor { queueIndices[$0]! })] =
                switch queue.role {
                case .commonLeaf(let place): "common \(desired.classes[place].name)"
                case .sliceLeaf(let vni, let place): "\(slices[vni]!) \(desired.classes[place].name)"
                case let role: "\(role)"
                }
        }
        return names
    }
}

// MARK: links

extension PacketNode {
    static let ownMAC = MACAddress.local(0xFF01)
    static let peerMAC = MACAddress.local(0xFF02)

    private static func links(_ address: IPAddress) -> String {
        // IPv6 would announce itself on every link. The underlay carries inner packets of 1450 bytes.
        """
        set -e
        echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
        ip link add u0 mtu \(address.isIPv4 ? 1500 : 1520) address \(ownMAC) type veth peer name w0 mtu 9000
        for n in 1 2 3 4; do ip link add p$n mtu 1450 type veth peer name t$n mtu 9000; done
        for name in u0 w0 p1 t1 p2 t2 p3 t3 p4 t4; do ip link set $name up; done
        \(address.isIPv4 ? "" : "echo 0 >/proc/sys/net/ipv6/conf/u0/disable_ipv6")
        ip addr add \(address)/\(address.isIPv4 ? 24 : 64) dev u0 \(address.isIPv4 ? "" : "nodad")

        """
    }

    private static func neighbours(_ policy: Policy) -> String {
        policy.peers.map { "ip neigh add \($0.address) lladdr \(peerMAC) dev u0 nud permanent" }.joined(separator: "\n")
    }

    /// What XDP ports need of the other ends: senders that leave nothing to a device and send no longer packets than XDP
    /// reads, and receivers with NAPI.
    private static func ends(_ policy: Policy) -> String {
        let ports = policy.slices.flatMap(\.ports).filter(\.xdp).map { $0.interface.replacing("p", with: "t") }
        let senders = ports.map { "ethtool -K \($0) tx off txvlan off gro on; ip link set \($0) mtu 3450" }
        let wire = "ethtool -K w0 gro on; ip link set w0 mtu 3450"
        return (ports.isEmpty ? [""] : ["", wire] + senders).joined(separator: "\n")
    }

    /// A frame as a peer sends it, from the outer Ethernet header to the inner one's.
    func tunnelled(_ vni: UInt32, from peer: IPAddress, _ vxlan: VXLAN? = nil) -> Packet {
        let address = policy.underlay.address
        let outer = Packet.ethernet(to: Self.ownMAC, from: Self.peerMAC)
        let ip = address.isIPv4 ? outer.ipv4(peer, address) : outer.ipv6(peer, address)
        let udp = ip.udp(49152, 4789, checksum: 0)
        return vxlan.map { udp.adding($0) } ?? udp.vxlan(vni)
    }

    /// The far end of a link, `t1` to `t4` or `w0`: it hears what arrives from the first time on that it is asked for.
    func end(_ name: String) throws -> PacketSocket {
        if let socket = sockets[name] { return socket }
        let socket = try PacketSocket(name)
        sockets[name] = socket
        return socket
    }

    /// Lets a peer send a frame, and waits until a port has it.
    func hear(_ frame: Packet, from peer: IPAddress = "192.0.2.2", vni: UInt32 = 4201) throws {
        let before = try counts()
        try end("w0").send(tunnelled(vni, from: peer).payload(frame.bytes).bytes)
        guard try eventually({ try self.counts().exceeding(before)["delivered"] == 1 }) else {
            throw CommandFailure(command: "hear \(frame.bytes)", output: "\(try counts().exceeding(before))")
        }
    }

    /// Makes the node learn, from a real packet, that the address is behind the peer.
    func learn(_ mac: MACAddress, behind peer: IPAddress, vni: UInt32) throws {
        let before = try counts()
        try end("w0").send(tunnelled(vni, from: peer).ethernet(to: .local(0xEE), from: mac).payload(count: 46).bytes)
        guard try eventually({ try self.counts().exceeding(before) == ["delivered": 1, "learned": 1] }) else {
            throw CommandFailure(command: "learn \(mac)", output: "\(try counts().exceeding(before))")
        }
    }
}

// MARK: runs

/// What became of one packet.
struct Outcome: Equatable {
    /// Of a tc program, by the names of `linux/pkt_cls.h`.
    enum Verdict: Int32 { case unspecified = -1, ok = 0, shot = 2, redirect = 7 }

    var verdict: Verdict
    /// By name: `express`, `own`, `perp orders`, `common bulk`; `none` where the program chose none.
    var queue: String
    /// Every counter that moved, and by how much.
    var counts: [String: Int]
}

extension PacketNode {
    /// Runs a tc program on a frame.
    func put(
        _ frame: [UInt8], through program: Program = .portIngress, at interface: String = "p1", segmentSize: UInt32 = 0
    ) throws -> (outcome: Outcome, frame: [UInt8]) {
        let before = try counts()
        let made = try pass(frame, through: program, at: interface, segmentSize: segmentSize)
        let outcome = Outcome(
            verdict: Outcome.Verdict(rawValue: made.verdict)!, queue: queueName(made.priority),
            counts: try counts().exceeding(before))
        return (outcome, made.frame)
    }

    /// The same, without reading the counters: fast.
    @discardableResult
    func pass(
        _ frame: [UInt8], through program: Program = .portIngress, at interface: String = "p1", segmentSize: UInt32 = 0
    ) throws(KernelError) -> TestRun {
        let index = indices[interface]!
        if program.hook == .xdp { return try programs[program].run(frame, receivedBy: index) }
        return try programs[program].run(frame, TestContext(interface: index, segmentSize: segmentSize))
    }

    func queueName(_ priority: UInt32) -> String {
        // Between port_ingress and underlay_egress it carries a mark beside the queue.
        queues[priority & ~SHAPER_CE_MARK.rawValue] ?? "unknown queue \(QueueID.text(priority))"
    }

    /// Runs an XDP program on a frame.
    ///
    /// - Parameter interface: of a port's program; the underlay's does not ask.
    /// - Returns: `XDP_*`, every counter that moved, and the frame as it left it.
    func putXDP(
        _ frame: [UInt8], through program: Program = .underlayIngress, at interface: String? = nil
    ) throws -> (verdict: xdp_action, counts: [String: Int], frame: [UInt8]) {
        let before = try counts()
        let made = try programs[program].run(frame, receivedBy: interface.map { indices[$0]! })
        return (xdp_action(UInt32(bitPattern: made.verdict)), try counts().exceeding(before), made.frame)
    }

    /// Every counter of the node by name: `drop too_big`, `flooded`, `perp orders packets`.
    func counts() throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for (reason, count) in try kernel.drops().enumerated() {
            counts["drop " + String(cString: shaper_drop_label(UInt32(reason)))] = Int(count)
        }
        for (event, count) in try kernel.events().enumerated() {
            counts[String(cString: shaper_event_label(UInt32(event)))] = Int(count)
        }
        let counters = try kernel.classCounters(slices: slices.map(\.index), classes: classes.count)
        for slice in slices {
            for (name, counter) in zip(classes, counters[slice.index]!) {
                let label = "\(slice.name) \(name)"
                counts["\(label) packets"] = Int(counter.packets)
                counts["\(label) bytes"] = Int(counter.bytes)
                counts["\(label) express packets"] = Int(counter.expressPackets)
                counts["\(label) express bytes"] = Int(counter.expressBytes)
                counts["\(label) demoted packets"] = Int(counter.demotedPackets)
                counts["\(label) demoted bytes"] = Int(counter.demotedBytes)
            }
        }
        return counts
    }

    /// Fills every express bucket and flood bucket, and forgets who was demoted.
    func refillBuckets() throws {
        let maps = kernel.pinned!.maps
        for slice in slices.map(\.index) + [Limit.sliceIndices] {
            for trafficClass in classes.indices {
                try maps.buckets.set(UInt32(slice * Limit.classes + trafficClass), shaper_bucket())
            }
        }
        for slice in slices { try maps.floods.set(UInt32(slice.index), shaper_flood()) }
    }
}

extension [String: Int] {
    /// What has moved since.
    func exceeding(_ before: [String: Int]) -> [String: Int] {
        reduce(into: [:]) {
            if $1.value != before[$1.key, default: 0] { $0[$1.key] = $1.value - before[$1.key, default: 0] }
        }
    }
}
