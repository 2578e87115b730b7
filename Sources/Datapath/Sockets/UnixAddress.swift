import CBPF
import Glibc

/// The name of a UNIX socket, as the kernel takes and gives it.
struct UnixAddress {
    var raw = sockaddr_un()
    var length = socklen_t(MemoryLayout<sa_family_t>.size)

    /// No name: a socket that binds to it gets one of its own, which is no file.
    init() { raw.sun_family = sa_family_t(AF_UNIX) }

    /// nil: longer than a name may be.
    init?(path: String) {
        self.init()
        let name = Array(path.utf8)
        guard !name.isEmpty, name.count < MemoryLayout.size(ofValue: raw.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &raw.sun_path) { $0.copyBytes(from: name) }
        length = socklen_t(MemoryLayout<sa_family_t>.size + name.count + 1)
    }

    /// It has a name that is no file's.
    var isAbstract: Bool { length > MemoryLayout<sa_family_t>.size && raw.sun_path.0 == 0 }

    /// Lends it to a call that fills it in.
    mutating func withMutablePointer<T>(
        _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> T
    ) -> T {
        withUnsafeMutablePointer(to: &raw) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
        }
    }

    func withPointer<T>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
        withUnsafePointer(to: raw) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}

extension UnixAddress {
    /// A new datagram socket, closed when another program is executed.
    static func socket(nonblocking: Bool) throws(KernelError) -> FileDescriptor {
        let flags = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue) | Int32(nonblocking ? SOCK_NONBLOCK.rawValue : 0)
        let descriptor = Glibc.socket(AF_UNIX, flags, 0)
        guard descriptor >= 0 else {
            throw KernelError(operation: "make", subject: "a datagram socket", errno: errno)
        }
        return FileDescriptor(descriptor)
    }
}
