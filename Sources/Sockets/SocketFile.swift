import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix
import SystemPackage

/// A socket's name in the file system.
///
/// The socket is bound under a draft name, gets its mode there, and is then renamed: nobody ever finds it half made,
/// and removing it stays in our hands (NIO removes only the name it bound, whatever has that name by then).
package struct SocketFile: Sendable {
    package let path: String
    /// What to bind.
    package var draft: String { path + ".new" }

    package init(path: String) { self.path = path }

    /// Fails if something other than a dead process's socket has the name, or if there is no folder for it.
    package func checkFree() async throws(SocketFileError) {
        let folder = FilePath(path).removingLastComponent()
        guard (try? Stat(folder))?.type == .directory else { throw .noFolder(path: path, folder: folder.string) }
        guard let existing = try? Stat(FilePath(path), followTargetSymlink: false) else { return }
        guard existing.type == .socket else { throw .notASocket(path: path) }
        // Whoever answers serves the path, and so does who is too busy to answer.
        do {
            let other = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(unixDomainSocketPath: path).get()
            try? await other.close()
        } catch let error as IOError where error.errnoCode == ECONNREFUSED || error.errnoCode == ENOENT {
            return
        } catch {}
        throw .alreadyServed(path: path)
    }

    /// Opens the bound socket to root and, where it exists, the group "shaper", and gives it its name.
    package func publish() throws(SocketFileError) -> Published {
        let files = FileManager.default
        do {
            try files.setAttributes([.posixPermissions: 0o660], ofItemAtPath: draft)
            let warning = giveToGroup()
            if (try? Stat(FilePath(path), followTargetSymlink: false)) != nil { try files.removeItem(atPath: path) }
            try files.moveItem(atPath: draft, toPath: path)
            return Published(path: path, inode: try Stat(FilePath(path)).inode, warning: warning)
        } catch {
            throw .system(path: path, operation: "naming the socket", error: "\(error)")
        }
    }

    /// - Returns: why it stays root's, unless there is no such group.
    private func giveToGroup() -> String? {
        do {
            try FileManager.default.setAttributes([.groupOwnerAccountName: "shaper"], ofItemAtPath: draft)
            return nil
        } catch {
            guard (error as? CocoaError)?.code == .fileWriteNoPermission else { return nil }
            return "\(path) is only root's: it may not be given to the group shaper (CAP_CHOWN)"
        }
    }

    /// A file that has its name.
    package struct Published: Sendable {
        fileprivate let path: String
        fileprivate let inode: Inode
        /// What its group cannot do; nil: all is well.
        package let warning: String?

        /// Removes the file if it is still the one that was published.
        package func remove() {
            if (try? Stat(FilePath(path), followTargetSymlink: false).inode) == inode {
                try? FileManager.default.removeItem(atPath: path)
            }
        }
    }
}

/// Why a path cannot be a socket's name.
package enum SocketFileError: Error, Sendable, Equatable, CustomStringConvertible {
    case alreadyServed(path: String)
    /// Something that is no socket has the name.
    case notASocket(path: String)
    case noFolder(path: String, folder: String)
    case system(path: String, operation: String, error: String)

    package var description: String {
        switch self {
        case .alreadyServed(let path): "another process is serving \(path)"
        case .notASocket(let path): "\(path) exists and is not a socket"
        case .noFolder(let path, let folder): "\(path) cannot be made: there is no folder \(folder)"
        case .system(let path, let operation, let error): "\(operation) \(path): \(error)"
        }
    }
}
