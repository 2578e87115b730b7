import Glibc
import SystemPackage

/// Held while a node changes. Unlike `NodeLock`, one waits for it: changes are short.
struct ChangeLock {
    private let file: FileDescriptor

    /// - Throws: `NodeError` where somebody has held it for ten seconds.
    init(path: String) throws {
        do {
            file = try FileDescriptor.open(
                FilePath(path), .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
        } catch Errno.permissionDenied {
            throw NodeError("\(path): permission denied", remedy: "run as root")
        }
        for _ in 0..<1000 {
            if flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 { return }
            usleep(10_000)
        }
        try? file.close()
        throw NodeError("another command has been changing this node for ten seconds", remedy: "see who holds \(path)")
    }

    func release() { try? file.close() }
}
