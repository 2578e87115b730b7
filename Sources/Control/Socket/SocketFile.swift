import FoundationEssentials
import NIOCore
import NIOPosix
import SystemPackage

/// The control socket's name in the file system.
///
/// The socket is bound under a draft name, gets its mode there, and is then renamed: nobody ever finds it half made,
/// and removing it stays in our hands (NIO removes only the name it bound, whatever has that name by then).
struct SocketFile {
    let path: String
    var draft: String { path + ".new" }

    /// - Throws: `ControlSocketError` if something other than a dead daemon's socket has the name.
    func checkFree() async throws {
        guard let existing = try? Stat(FilePath(path), followTargetSymlink: false) else { return }
        guard existing.type == .socket else { throw ControlSocketError.notASocket(path: path) }
        // Whoever answers does not know of the lock, but does serve the path.
        if let other = try? await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(unixDomainSocketPath: path).get()
        {
            try? await other.close()
            throw ControlSocketError.alreadyServed(path: path, pid: nil)
        }
    }

    /// Opens the bound socket to root and, where it exists, the group "shaper", and gives it its name.
    ///
    /// - Returns: The file's identity, for `remove`.
    func publish() throws -> Inode {
        let files = FileManager.default
        do {
            try files.setAttributes([.posixPermissions: 0o660], ofItemAtPath: draft)
            // Fails where there is no such group: then it stays root's.
            try? files.setAttributes([.groupOwnerAccountName: "shaper"], ofItemAtPath: draft)
            if (try? Stat(FilePath(path), followTargetSymlink: false)) != nil { try files.removeItem(atPath: path) }
            try files.moveItem(atPath: draft, toPath: path)
            return try Stat(FilePath(path)).inode
        } catch {
            throw ControlSocketError.system(path: path, operation: "naming the socket", error: "\(error)")
        }
    }

    /// Removes the file if it is still the one that was published.
    func remove(_ published: Inode) {
        if (try? Stat(FilePath(path), followTargetSymlink: false).inode) == published {
            try? FileManager.default.removeItem(atPath: path)
        }
    }
}
