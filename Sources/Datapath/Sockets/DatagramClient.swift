import CBPF
import Glibc

/// One question to a UNIX datagram socket.
package enum DatagramClient {
    /// Sends the bytes and waits for the answer.
    ///
    /// - Returns: nil: none came in time.
    /// - Throws: `KernelError` with the error number of what failed.
    package static func ask(_ bytes: [UInt8], of path: String, timeout: Duration) throws(KernelError) -> [UInt8]? {
        guard let server = UnixAddress(path: path) else {
            throw KernelError(operation: "ask", subject: path, errno: ENAMETOOLONG)
        }
        let descriptor = try UnixAddress.socket(nonblocking: false)
        let raw = descriptor.raw
        let (seconds, attoseconds) = timeout.components
        var time = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        let size = socklen_t(MemoryLayout<timeval>.size)
        // A socket without a name of its own gets no answer.
        guard UnixAddress().withPointer({ bind(raw, $0, $1) }) == 0,
            server.withPointer({ connect(raw, $0, $1) }) == 0,
            setsockopt(raw, SOL_SOCKET, SO_SNDTIMEO, &time, size) == 0,
            setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &time, size) == 0,
            send(raw, bytes, bytes.count, 0) == bytes.count
        else { throw KernelError(operation: "ask", subject: path, errno: errno) }
        var answer = [UInt8](repeating: 0, count: 4096)
        let length = recv(raw, &answer, answer.count, 0)
        guard length >= 0 else {
            guard errno == EAGAIN || errno == EINTR else {
                throw KernelError(operation: "ask", subject: path, errno: errno)
            }
            return nil
        }
        return Array(answer.prefix(length))
    }
}
