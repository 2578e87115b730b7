import FoundationEssentials
import Glibc
import SystemPackage

/// Held while a node changes. Unlike `NodeLock`, one may wait for it: changes are short.
struct ChangeLock {
    private let file: FileDescriptor
    private let path: String

    /// - Throws: `NodeError` where somebody has held it for ten seconds.
    init(path: String) throws {
        for _ in 0..<1000 {
            if let lock = try Self(ifFree: path) {
                self = lock
                return
            }
            usleep(10_000)
        }
        throw NodeError("another command has been changing this node for ten seconds", remedy: "see who holds \(path)")
    }

    /// nil: somebody holds it.
    init?(ifFree path: String) throws {
        try RunFolder.create()
        while true {
            let file = try Self.open(path)
            guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
                try file.close()
                return nil
            }
            // The one who had it may have removed it since it was opened: then the name is another file's by now.
            if let named = try? Stat(FilePath(path)), try file.stat().inode == named.inode {
                self.file = file
                self.path = path
                return
            }
            try file.close()
        }
    }

    private static func open(_ path: String) throws -> FileDescriptor {
        do {
            return try FileDescriptor.open(
                FilePath(path), .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
        } catch Errno.permissionDenied {
            throw NodeError("\(path): permission denied", remedy: "run as root")
        }
    }

    /// Call one of these, once.
    func release() { try? file.close() }

    /// Leaves nothing behind: for a node that is no more.
    func remove() {
        try? FileManager.default.removeItem(atPath: path)
        release()
    }
}
