import Foundation

/// Whole frames in and out of an interface of a host: a packet socket, or the far end of a tap.
final class FrameSocket {
    private let descriptor: Int32
    private let isTap: Bool

    /// A packet socket on an interface. It sees what arrives there, not what leaves.
    init(on host: Host, interface: String) throws {
        isTap = false
        descriptor = try inNamespace(of: host) {
            let descriptor = try check(
                socket(AF_PACKET, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0), "packet socket")
            // linux/if_packet.h: PACKET_AUXDATA tells of VLAN tags that are not in the frame any more.
            for (option, level) in [(PacketOption.auxData, solPacket), (PacketOption.ignoreOutgoing, solPacket)] {
                var one: Int32 = 1
                try check(setsockopt(descriptor, level, option, &one, 4), "setsockopt")
            }
            var buffer: Int32 = 32 << 20
            try check(setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, 4), "setsockopt SO_RCVBUFFORCE")
            var address = LinkAddress(index: Int32(if_nametoindex(interface)))
            try withUnsafePointer(to: &address) { pointer in
                try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = try check(bind(descriptor, $0, socklen_t(MemoryLayout<LinkAddress>.size)), "bind \(interface)")
                }
            }
            return descriptor
        }
    }

    /// Makes a tap device on a host; it goes when this value does.
    init(tap name: String, on host: Host) throws {
        isTap = true
        descriptor = try inNamespace(of: host) {
            let descriptor = try check(open("/dev/net/tun", O_RDWR | O_CLOEXEC), "/dev/net/tun")
            var request = TunRequest()
            withUnsafeMutableBytes(of: &request.name) { $0.copyBytes(from: name.utf8.prefix(15)) }
            // linux/if_tun.h: TUNSETIFF with IFF_TAP | IFF_NO_PI.
            try check(ioctl(descriptor, 0x4004_54ca, &request), "TUNSETIFF \(name)")
            return descriptor
        }
    }

    deinit { close(descriptor) }

    func send(_ frame: Frame) throws {
        // A full queue below is waited for; a frame that cannot go is an error.
        for _ in 0..<2000 {
            if write(descriptor, frame.bytes, frame.bytes.count) == frame.bytes.count { return }
            guard errno == ENOBUFS || errno == EAGAIN else { throw SystemCallFailure(operation: "sending a frame") }
            usleep(1000)
        }
        throw SystemCallFailure(operation: "sending a frame")
    }

    /// The frames that hold `marker`: returns when there are `count` of them, or when for a while none has come.
    func frames(with marker: [UInt8], upTo count: Int = .max, quietFor seconds: Double = 0.5) throws -> [Frame] {
        var found: [Frame] = []
        while found.count < count, let frame = try next(within: seconds) {
            if frame.contains(marker) { found.append(frame) }
        }
        return found
    }

    private func next(within seconds: Double) throws -> Frame? {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard try check(poll(&poller, 1, Int32(seconds * 1000)), "poll") > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 65536)
        if isTap {
            let size = read(descriptor, &bytes, bytes.count)
            guard size > 0 else { throw SystemCallFailure(operation: "reading a tap") }
            return Frame(received: Array(bytes[..<size]), tag: nil)
        }
        var control = [UInt64](repeating: 0, count: 16)
        let (size, tag) = try bytes.withUnsafeMutableBytes { bytes in
            try control.withUnsafeMutableBytes { control in
                var vector = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                return try withUnsafeMutablePointer(to: &vector) { vector in
                    var message = msghdr()
                    message.msg_iov = vector
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    let size = recvmsg(descriptor, &message, 0)
                    guard size > 0 else { throw SystemCallFailure(operation: "recvmsg") }
                    return (size, Self.tag(in: UnsafeRawBufferPointer(rebasing: control[..<message.msg_controllen])))
                }
            }
        }
        return Frame(received: Array(bytes[..<size]), tag: tag)
    }

    /// linux/if_packet.h: struct tpacket_auxdata behind a control message header.
    private static func tag(in control: UnsafeRawBufferPointer) -> UInt16? {
        let header = MemoryLayout<cmsghdr>.size
        let isValid: UInt32 = 1 << 4  // TP_STATUS_VLAN_VALID
        guard control.count >= header + 20,
            control.loadUnaligned(fromByteOffset: header, as: UInt32.self) & isValid != 0
        else { return nil }
        return control.loadUnaligned(fromByteOffset: header + 16, as: UInt16.self)
    }
}

extension Frame {
    fileprivate init(received bytes: [UInt8], tag: UInt16?) {
        self.bytes = bytes
        guard let tag, bytes.count >= 12 else { return }
        self.bytes.insert(contentsOf: [0x81, 0x00, UInt8(tag >> 8), UInt8(tag & 0xff)], at: 12)
    }
}

private let solPacket: Int32 = 263

private enum PacketOption {
    static let auxData: Int32 = 8
    static let ignoreOutgoing: Int32 = 23
}

/// struct sockaddr_ll
private struct LinkAddress {
    var family = UInt16(AF_PACKET)
    var type = UInt16(0x0003).bigEndian  // ETH_P_ALL
    var index: Int32
    var hardware: UInt16 = 0
    var packet: UInt8 = 0
    var length: UInt8 = 0
    var address: UInt64 = 0
}

/// struct ifreq, as TUNSETIFF reads it
private struct TunRequest {
    var name: (UInt64, UInt64) = (0, 0)
    var flags: Int16 = 0x0002 | 0x1000  // IFF_TAP | IFF_NO_PI
    var rest: (UInt16, UInt32, UInt64, UInt64) = (0, 0, 0, 0)
}
