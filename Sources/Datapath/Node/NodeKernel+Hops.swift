import CBPF
import Glibc
import Plan
import Policy

/// What XDP needs to send to peers by itself: who is next on the way, and what to write in front of a packet.
///
/// A hop is good for some seconds. Who keeps the node in order renews it; when nobody does, express packets go through
/// the vxlan device again, and the kernel finds the way.
extension NodeKernel {
    private static let validity: UInt64 = 10_000_000_000

    /// Resolves the next hop of every peer, where some port is read by XDP; elsewhere there is nothing to do.
    func renewHops(_ desired: DesiredState, peers: [IPAddress: Int]) throws(KernelError) {
        guard let maps = pinned?.maps, desired.usesXDP,
            let underlay = try netlink.link(named: desired.underlay.interface).flatMap(InterfaceFacts.init),
            let own = underlay.macAddress
        else { return }
        let transmits = try xdpTransmitters().contains(underlay.index)
        for (address, index) in peers {
            // Over IPv6 the outer UDP checksum covers the whole packet: that is the vxlan device's business.
            var hop = shaper_hop()
            if transmits, address.isIPv4, desired.underlay.address.isIPv4,
                let next = try netlink.nextHop(to: address, from: desired.underlay.address, over: underlay.index)
            {
                hop = shaper_hop(
                    to: next, from: own, local: desired.underlay.address, remote: address, port: desired.underlay.port)
                hop.until = monotonicNanoseconds() + Self.validity
            }
            try replaceHop(maps, UInt32(index), by: hop)
        }
    }

    /// A program may be reading: what it reads changes only while it is not valid.
    private func replaceHop(_ maps: Maps, _ peer: UInt32, by hop: shaper_hop) throws(KernelError) {
        var current = try maps.hops.value(peer, initially: shaper_hop()) ?? shaper_hop()
        if current.until != 0, !current.hasSameHeader(as: hop) {
            current.until = 0
            try maps.hops.set(peer, current)
            try waitForPackets()
        }
        var fresh = hop
        if current.until == 0 {
            fresh.until = 0
            try maps.hops.set(peer, fresh)
        }
        if hop.until != 0 { try maps.hops.set(peer, hop) }
    }

    /// Where XDP may redirect to: the underlay, and the ports that take it.
    func putDevices(_ maps: Maps, _ image: PolicyImage, underlay: UInt32) throws(KernelError) {
        try maps.devices.set(UInt32(SHAPER_DEVICE_UNDERLAY), underlay)
        for (index, port) in image.ports.values.enumerated()
        where UInt32(port.flags) & SHAPER_PORT_REDIRECT.rawValue != 0 {
            try maps.devices.set(UInt32(index), port.ifindex)
        }
    }
}

extension MACAddress {
    fileprivate var bytes: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: value >> (40 - 8 * UInt64($0))) } }
}

extension shaper_hop {
    /// The outer headers of a packet from `local` to `remote`, whose next hop has the address `next`.
    init(to next: MACAddress, from own: MACAddress, local: IPAddress, remote: IPAddress, port: UInt16) {
        self.init()
        let dontFragment: UInt8 = 0x40, udpProtocol: UInt8 = 17, vni: UInt8 = 0x08
        // TOS, length and checksum are the packet's own; so are the UDP source port and length, and the VNI.
        var ip: [UInt8] = [0x45, 0, 0, 0, 0, 0, dontFragment, 0, 64, udpProtocol, 0, 0]
        ip += local.bytes.suffix(4)
        ip += remote.bytes.suffix(4)
        var bytes = next.bytes + own.bytes
        bytes += [0x08, 0x00]
        bytes += ip
        bytes += [0, 0, UInt8(port >> 8), UInt8(truncatingIfNeeded: port), 0, 0, 0, 0]
        bytes += [vni, 0, 0, 0, 0, 0, 0, 0]
        withUnsafeMutableBytes(of: &header) { $0.copyBytes(from: bytes) }
        // Words as they lie in memory, as the program adds to them.
        sum = ip.withUnsafeBytes { words in
            stride(from: 0, to: words.count, by: 2).reduce(0) {
                $0 + UInt32(words.loadUnaligned(fromByteOffset: $1, as: UInt16.self))
            }
        }
    }

    func hasSameHeader(as other: shaper_hop) -> Bool {
        withUnsafeBytes(of: header) { mine in withUnsafeBytes(of: other.header) { mine.elementsEqual($0) } }
    }
}
