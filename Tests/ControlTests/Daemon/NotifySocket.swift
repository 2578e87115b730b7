import Glibc
import SystemPackage

/// The service manager's end of sd_notify(3). (NIO cannot read from senders without a name.)
struct NotifySocket {
    private let socket: FileDescriptor

    init(path: String) throws {
        socket = FileDescriptor(rawValue: Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0))
        var address = sockaddr_un()
        address.sun_family = UInt16(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let bound = unsafe withUnsafeBytes(of: address) {
            unsafe bind(
                socket.rawValue, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
        }
        guard bound == 0 else { throw Errno(rawValue: errno) }
    }

    /// The messages that have come.
    func messages() throws -> [String] {
        var messages: [String] = []
        var bytes = [UInt8](repeating: 0, count: 256)
        while true {
            let count = unsafe recv(socket.rawValue, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            guard count >= 0 else { return messages }
            messages.append(String(decoding: bytes.prefix(count), as: UTF8.self))
        }
    }

    func close() throws { try socket.close() }
}
