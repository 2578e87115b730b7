import FoundationEssentials
import Glibc
import SystemPackage

/// A file that one process at a time holds locked, its process id inside. The kernel lets go of it when the process
/// dies, however it dies; a file's mere existence would prove nothing.
package struct NodeLock: Sendable {
    private let file: FileDescriptor
    private let path: String

    /// - Throws: `Held`, or `Errno` if the file cannot be made.
    package init(path: String) throws {
        while true {
            let file = try FileDescriptor.open(
                FilePath(path), .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
            guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
                try file.close()
                throw Held(pid: Self.holder(path))
            }
            try file.resize(to: 0)
            try file.writeAll("\(getpid())\n".utf8)
            // The one who had it may have removed it since it was opened: then the name is another file's by now.
            if let named = try? Stat(FilePath(path)), try file.stat().inode == named.inode {
                self.file = file
                self.path = path
                return
            }
            try file.close()
        }
    }

    /// Removes the file. Call it once.
    package func release() {
        try? FileManager.default.removeItem(atPath: path)
        try? file.close()
    }

    private static func holder(_ path: String) -> Int32? {
        FileManager.default.contents(atPath: path).flatMap { bytes in
            Int32(String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" })
        }
    }

    package struct Held: Error, Equatable {
        /// nil if it has just been taken and not been signed yet.
        package var pid: Int32?
    }
}
