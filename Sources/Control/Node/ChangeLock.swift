import FoundationEssentials
import Glibc
import SystemPackage

/// Held while a node changes. Unlike `NodeLock`, one waits for it: changes are short.
struct ChangeLock {
    private let file: FileDescriptor
    private let path: String

    /// - Throws: `NodeError` where somebody has held it for ten seconds.
    init(path: String) throws {
        for _ in 0..<1000 {
            if let file = try Self.lockedFile(path) {
                self.file = file
                self.path = path
                return
            }
            usleep(10_000)
        }
        throw NodeError("another command has been changing this node for ten seconds", remedy: "see who holds \(path)")
    }

    /// nil: somebody else has it, or took the file away with the node while this one waited.
    private static func lockedFile(_ path: String) throws -> FileDescriptor? {
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(
                FilePath(path), .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
        } catch Errno.permissionDenied {
            throw NodeError("\(path): permission denied", remedy: "run as root")
        }
        if flock(file.rawValue, LOCK_EX | LOCK_NB) == 0, let named = try? Stat(FilePath(path)),
            try file.stat().inode == named.inode
        {
            return file
        }
        try file.close()
        return nil
    }

    func release() { try? file.close() }

    /// Takes the file away, with the node it was for.
    func remove() {
        try? FileManager.default.removeItem(atPath: path)
        release()
    }
}
