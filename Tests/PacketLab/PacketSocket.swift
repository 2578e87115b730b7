import Glibc

@testable import Datapath

/// A packet socket: sends frames from an interface as its owner would, and sees what arrives there.
final class PacketSocket {
    private let descriptor: Int32
    private let interface: String

    init(_ interface: String) throws {
        self.interface = interface
        let everything = UInt16(0x0003).bigEndian
        descriptor = socket(AF_PACKET, Int32(SOCK_RAW.rawValue), Int32(everything))
        // struct sockaddr_ll, which the Glibc module leaves out: family, protocol, index, and twelve bytes unused.
        var address = [UInt8](repeating: 0, count: 20)
        withUnsafeBytes(of: UInt16(AF_PACKET)) { address.replaceSubrange(0..<2, with: $0) }
        withUnsafeBytes(of: everything) { address.replaceSubrange(2..<4, with: $0) }
        withUnsafeBytes(of: if_nametoindex(interface)) { address.replaceSubrange(4..<8, with: $0) }
        let outcome = address.withUnsafeBytes {
            bind(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
        }
        let level: Int32 = 263  // SOL_PACKET
        let auxiliaryData: Int32 = 8  // PACKET_AUXDATA
        var on: Int32 = 1
        guard outcome == 0, setsockopt(descriptor, level, auxiliaryData, &on, 4) == 0 else { throw error("open") }
    }

    deinit { close(descriptor) }

    func send(_ frame: [UInt8]) throws {
        guard Glibc.send(descriptor, frame, frame.count, 0) == frame.count else { throw error("send to") }
    }

    /// Frames that arrive, until there were `count` of them or a second has passed without one.
    ///
    /// - Parameter count: 0 for none expected: waits a fifth of a second only.
    func receive(_ count: Int) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while frames.count < max(count, 1), poll(&ready, 1, count == 0 ? 200 : 1000) > 0 {
            if let frame = next() { frames.append(frame) }
        }
        return frames
    }

    /// Frames that are there already.
    func waiting() -> [[UInt8]] {
        var frames: [[UInt8]] = []
        while let frame = next() { frames.append(frame) }
        return frames
    }

    /// What waits; the kernel hands over a VLAN tag beside the frame (PACKET_AUXDATA), here it is put back.
    private func next() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 1 << 17)
        var control = [UInt8](repeating: 0, count: 64)
        let length = buffer.withUnsafeMutableBytes { buffer in
            control.withUnsafeMutableBytes { control in
                var part = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
                return withUnsafeMutablePointer(to: &part) { part in
                    var message = msghdr()
                    message.msg_iov = part
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    return recvmsg(descriptor, &message, Int32(MSG_DONTWAIT))
                }
            }
        }
        guard length > 0 else { return nil }
        var frame = Array(buffer[..<length])
        // struct cmsghdr is 16 bytes; in struct tpacket_auxdata behind it, TP_STATUS_VLAN_VALID of the first word
        // says that there is a tag, 16 bytes further on.
        if control[16] & 0x10 != 0 { frame.insert(contentsOf: [0x81, 0, control[33], control[32]], at: 12) }
        return frame
    }

    private func error(_ operation: String) -> KernelError {
        KernelError(operation: operation, subject: "packet socket on \(interface)", errno: errno)
    }
}
