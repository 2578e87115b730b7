import Glibc

/// A system call that failed.
struct SocketError: Error, CustomStringConvertible {
    let operation: String
    let code: Int32
    var description: String { "\(operation): \(String(cString: strerror(code)))" }
}

/// A UDP socket; closed when it goes out of scope.
struct UDPSocket: ~Copyable {
    private let descriptor: Int32

    init(family: Int32) throws {
        descriptor = socket(family, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SocketError(operation: "socket", code: errno) }
    }

    deinit { close(descriptor) }

    func bind(to endpoint: Endpoint) throws {
        let result = endpoint.withSocketAddress { Glibc.bind(descriptor, $0, $1) }
        guard result == 0 else { throw SocketError(operation: "bind", code: errno) }
    }

    /// Send and receive buffers as large as a second of the fastest probing, whatever the system's limit is.
    func enlargeBuffers() throws {
        // Without CAP_NET_ADMIN the kernel grants what net.core.rmem_max allows; drops are counted either way.
        let bytes: Int32 = 128 << 20
        if (try? set(SO_RCVBUFFORCE, to: bytes)) == nil { try set(SO_RCVBUF, to: bytes) }
        if (try? set(SO_SNDBUFFORCE, to: bytes)) == nil { try set(SO_SNDBUF, to: bytes) }
    }

    /// From now on `receive` gives up after this many microseconds (less than a second).
    func setReceiveTimeout(microseconds: Int) throws {
        try set(SO_RCVTIMEO, to: timeval(tv_sec: 0, tv_usec: microseconds))
    }

    /// From now on the kernel notes when each datagram arrived.
    func enableTimestamps() throws { try set(SO_TIMESTAMPNS, to: Int32(1)) }

    private func set<Value: BitwiseCopyable>(_ option: Int32, to value: Value) throws {
        let result = withUnsafeBytes(of: value) {
            setsockopt(descriptor, SOL_SOCKET, option, $0.baseAddress, socklen_t($0.count))
        }
        guard result == 0 else { throw SocketError(operation: "setsockopt \(option)", code: errno) }
    }

    /// 0, or why the kernel refused the datagram.
    func send(_ bytes: UnsafeRawBufferPointer, to endpoint: Endpoint) -> Int32 {
        let sent = endpoint.withSocketAddress { sendto(descriptor, bytes.baseAddress, bytes.count, 0, $0, $1) }
        return sent == bytes.count ? 0 : errno
    }

    /// One datagram, and when the kernel got it (ns of CLOCK_REALTIME; nil: it did not say).
    struct Arrival {
        let size: Int
        let at: UInt64?
    }

    /// nil: the receive timeout passed first.
    func receive(into bytes: UnsafeMutableRawBufferPointer) throws -> Arrival? {
        var vector = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
        return try withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { control in
            try withUnsafeMutablePointer(to: &vector) { vector in
                var message = msghdr()
                message.msg_iov = vector
                message.msg_iovlen = 1
                message.msg_control = control.baseAddress
                message.msg_controllen = control.count
                let size = recvmsg(descriptor, &message, 0)
                if size < 0 {
                    if errno == EAGAIN || errno == EINTR { return nil }
                    throw SocketError(operation: "recvmsg", code: errno)
                }
                let ancillary = UnsafeRawBufferPointer(rebasing: control[..<message.msg_controllen])
                return Arrival(size: size, at: Self.timestamp(in: ancillary))
            }
        }
    }

    /// Only timestamps are enabled, so a timestamp is the first control message or there is none.
    private static func timestamp(in ancillary: UnsafeRawBufferPointer) -> UInt64? {
        let header = MemoryLayout<cmsghdr>.size
        guard ancillary.count >= header + MemoryLayout<timespec>.size else { return nil }
        let message = ancillary.loadUnaligned(as: cmsghdr.self)
        guard message.cmsg_level == SOL_SOCKET, message.cmsg_type == SO_TIMESTAMPNS else { return nil }
        let time = ancillary.loadUnaligned(fromByteOffset: header, as: timespec.self)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Datagrams that reached the socket and found its buffer full: losses of the probe, not of the network.
    func drops() throws -> UInt64 {
        // linux/sock_diag.h: SO_MEMINFO gives SK_MEMINFO_VARS words, SK_MEMINFO_DROPS is the ninth.
        let (option, words, dropsIndex): (Int32, Int, Int) = (55, 9, 8)
        var values = [UInt32](repeating: 0, count: words)
        var length = socklen_t(words * 4)
        guard getsockopt(descriptor, SOL_SOCKET, option, &values, &length) == 0 else {
            throw SocketError(operation: "getsockopt SO_MEMINFO", code: errno)
        }
        return UInt64(values[dropsIndex])
    }
}
