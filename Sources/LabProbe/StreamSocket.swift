import Glibc

/// A stream socket connected to a name in the file system. The descriptor is the caller's.
func connectStream(_ path: String) throws -> Int32 {
    let stream = try succeed("socket", Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let code = withUnsafePointer(to: address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(stream, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    do {
        try succeed("connect to \(path)", code)
    } catch {
        close(stream)
        throw error
    }
    return stream
}
