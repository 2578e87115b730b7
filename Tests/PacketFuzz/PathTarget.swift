import Glibc
import Policy

@testable import Datapath
@testable import PacketLab

/// Frames through the real interfaces, to where tenants and peers see them: whatever arrives was sent in that network
/// by somebody who may, and did not come back. Test runs do not show where a frame goes.
struct PathTarget: FuzzTarget {
    let tenants: [Seed]
    let underlay: [Seed]
    let reference: ReferenceGuard

    let name = "the interfaces"
    private static let batchSize = 64
    private static let ends = ["w0", "t1", "t2", "t3", "t4"]

    /// Ends of the tenants' links, the VLAN on a trunk, and the network that is behind.
    private static let ports: [(end: Int, vlan: UInt16?, network: UInt32)] = [
        (1, nil, 4201), (2, nil, 4202), (3, nil, 4201), (4, 12, 4201), (4, 13, 4202), (4, 14, Stamp.nowhere),
    ]

    func run(_ random: inout WyRand, on node: PacketNode, into report: inout Report) throws {
        let ends = try Self.ends.map { try node.end($0) }
        try node.refillBuckets()
        let before = try node.counts()
        for _ in 0..<Self.batchSize {
            let (end, frame) = frame(using: &random)
            // The link's other end takes no frame above its MTU.
            do { try ends[end].send(frame) } catch let error as KernelError where error.errno == ENOBUFS {}
            try look(at: ends, &report)
        }
        // The kernel may put off what it cannot do at once; the counters are the next batch's then.
        var last = before, now = try node.counts()
        while now != last {
            usleep(1000)
            (last, now) = (now, try node.counts())
        }
        try look(at: ends, &report)
        report.add(frames: Self.batchSize, moved: now.exceeding(before))
    }

    /// A stamped frame, and the end to send it from.
    private func frame(using random: inout WyRand) -> (end: Int, bytes: [UInt8]) {
        if random.below(3) == 0 {
            let frame = random.pick(underlay).mutated(using: &random)
            let network = if case .admitted(let network) = reference.fate(of: frame) { network } else { Stamp.nowhere }
            return (0, frame + Stamp(network: network, end: 0).bytes)
        }
        let (end, vlan, network) = random.pick(Self.ports)
        let frame = random.pick(tenants).mutated(using: &random) + Stamp(network: network, end: UInt8(end)).bytes
        return (end, vlan.map(frame.tagged) ?? frame)
    }

    private func look(at ends: [PacketSocket], _ report: inout Report) throws {
        for (end, socket) in ends.enumerated() {
            for frame in socket.waiting() {
                guard let seen = end == 0 ? onWire(frame) : Arrival(network: network(of: frame, at: end), bytes: frame),
                    let stamp = Stamp(endOf: seen.bytes)
                else { continue }
                report.add("arrived at \(Self.ends[end])", 1)
                if let complaint = complaint(stamp, seen, end) {
                    throw Finding(complaint: complaint, frame: Trial(bytes: frame))
                }
            }
        }
    }

    private struct Arrival {
        /// nil: none that the policy knows.
        var network: UInt32?
        var bytes: [UInt8]
        /// Of what is on the wire.
        var peer: IPAddress?
    }

    /// nil: it did not come through the fabric.
    private func onWire(_ frame: [UInt8]) -> Arrival? {
        guard let outer = frame.tunnelled, let datagram = ReferenceFrame(frame).datagram else { return nil }
        return Arrival(network: outer.vni, bytes: outer.inner, peer: datagram.destination)
    }

    private func network(of frame: [UInt8], at end: Int) -> UInt32? {
        let isTagged = frame[12...13] == [0x81, 0]
        let vlan = isTagged && end == 4 ? UInt16(frame[14]) << 8 & 0xF00 | UInt16(frame[15]) : nil
        return Self.ports.first { $0.end == end && $0.vlan == vlan }?.network
    }

    private func complaint(_ stamp: Stamp, _ seen: Arrival, _ end: Int) -> String? {
        let sentence =
            "what was sent from \(Self.ends[Int(stamp.end)]) in network \(stamp.network) arrived at "
            + "\(Self.ends[end]) in " + (seen.network.map { "\($0)" } ?? "none")
        if stamp.network == Stamp.nowhere || stamp.network != seen.network { return sentence }
        if stamp.end == end { return "\(sentence): where it came from" }
        if let peer = seen.peer, reference.peers[peer]?.contains(stamp.network) != true {
            return "\(sentence), for \(peer.bytes.hex), which does not share it"
        }
        return nil
    }
}

/// The end of a frame: in which network it may be seen, and where it came from.
private struct Stamp {
    /// Of frames that must not arrive anywhere.
    static let nowhere: UInt32 = 0xFFFF_FFFF

    var network: UInt32
    var end: UInt8

    private static let mark: [UInt8] = [0x5B, 0xF1, 0x5E, 0xA7, 0x93]

    init(network: UInt32, end: UInt8) { (self.network, self.end) = (network, end) }

    /// nil: the frame bears none.
    init?(endOf frame: [UInt8]) {
        guard frame.count >= 24, frame.suffix(10).prefix(5) == Self.mark[...] else { return nil }
        network = frame.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
        end = frame[frame.count - 5]
    }

    var bytes: [UInt8] { Self.mark + [end] + network.wire }
}
