import Foundation

/// Sends megabytes over TCP from one host to another and compares every byte that arrives with what was sent.
///
/// - Parameter address: of `receiver`, as a literal.
/// - Returns: how many bytes arrived and were right, until the first that was not, or until `seconds` had passed.
func transfer(
    _ content: [UInt8], from sender: Host, to receiver: Host, at address: String, within seconds: Double = 20
) throws -> Int {
    let endpoint = try SocketAddress(address, port: 8443)
    let listener = try inNamespace(of: receiver) {
        let listener = try endpoint.socket(reusable: true)
        try check(endpoint.withPointer { bind(listener, $0, $1) }, "bind \(address)")
        try check(listen(listener, 1), "listen")
        return listener
    }
    defer { close(listener) }
    let outgoing = try inNamespace(of: sender) { try endpoint.socket(reusable: false) }
    defer { close(outgoing) }
    try check(endpoint.withPointer { connect(outgoing, $0, $1) }, "connect to \(address)")
    let incoming = try check(accept(listener, nil, nil), "accept")
    defer { close(incoming) }

    let deadline = ContinuousClock.now + .seconds(seconds)
    var sent = 0
    var right = 0
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while right < content.count, ContinuousClock.now < deadline {
        var pollers = [
            pollfd(fd: sent < content.count ? outgoing : -1, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: incoming, events: Int16(POLLIN), revents: 0),
        ]
        try check(poll(&pollers, 2, 100), "poll")
        if pollers[0].revents != 0 {
            let count = content[sent...].withUnsafeBytes { send(outgoing, $0.baseAddress, $0.count, dontWait) }
            guard count > 0 || errno == EAGAIN else { throw SystemCallFailure(operation: "send") }
            sent += max(count, 0)
        }
        if pollers[1].revents != 0 {
            let count = recv(incoming, &buffer, buffer.count, dontWait)
            guard count > 0 || errno == EAGAIN else { throw SystemCallFailure(operation: "recv") }
            let isRight = content.withUnsafeBytes { memcmp($0.baseAddress! + right, buffer, max(count, 0)) == 0 }
            guard isRight else { return right }
            right += max(count, 0)
        }
    }
    return right
}

/// Bytes without a pattern that a misplaced segment could repeat.
func noise(megabytes: Int) -> [UInt8] {
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    let words = (0..<(megabytes << 17)).map { _ -> UInt64 in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
    return words.withUnsafeBytes { Array($0) }
}

private let dontWait = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)

private struct SocketAddress: Sendable {
    private let family: Int32
    private let bytes: [UInt8]

    init(_ text: String, port: UInt16) throws {
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        if inet_pton(AF_INET, text, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            (family, bytes) = (AF_INET, withUnsafeBytes(of: v4) { Array($0) })
        } else {
            guard inet_pton(AF_INET6, text, &v6.sin6_addr) == 1 else { throw SystemCallFailure(operation: text) }
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            (family, bytes) = (AF_INET6, withUnsafeBytes(of: v6) { Array($0) })
        }
    }

    func socket(reusable: Bool) throws -> Int32 {
        let descriptor = try check(
            Glibc.socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0), "socket")
        var one: Int32 = reusable ? 1 : 0
        try check(setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, 4), "SO_REUSEADDR")
        return descriptor
    }

    func withPointer(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        bytes.withUnsafeBytes { body($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count)) }
    }
}
