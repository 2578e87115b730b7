import CBPF
import Glibc

/// A UNIX datagram socket that many write to and one thread reads, many datagrams at a time.
///
/// Whoever may write to its file may send: that is all the authorisation there is, and the kernel sees to it.
package final class DatagramServer {
    package let path: String
    private let descriptor: FileDescriptor
    private let inode: UInt64
    private let longest: Int
    private var buffer: [UInt8]

    /// At most so many are taken before other things are looked after.
    private static let batch = 64

    /// Whom to answer: a socket with a name that is no file. Files are not answered: their name might be somebody
    /// else's by then, and this is root's process.
    package struct Sender {
        fileprivate var address: UnixAddress
    }

    /// Takes the name from whoever has it. The file is root's, until it is given to a group.
    ///
    /// - Parameter longest: of a datagram, bytes.
    package init(path: String, longest: Int) throws(KernelError) {
        self.path = path
        descriptor = try UnixAddress.socket(nonblocking: true)
        self.longest = longest
        buffer = [UInt8](repeating: 0, count: longest + 1)
        // Bound under another name, so that nobody finds it half made.
        let draft = path + ".new"
        guard let address = UnixAddress(path: draft) else {
            throw KernelError(operation: "listen at", subject: path, errno: ENAMETOOLONG)
        }
        unlink(draft)
        let raw = descriptor.raw
        guard address.withPointer({ bind(raw, $0, $1) }) == 0, chmod(draft, 0o660) == 0, let inode = Self.inode(draft),
            rename(draft, path) == 0
        else {
            let error = KernelError(operation: "listen at", subject: path, errno: errno)
            unlink(draft)
            throw error
        }
        self.inode = inode
    }

    /// The name goes too, where it is still this socket's.
    deinit { if Self.inode(path) == inode { unlink(path) } }

    private static func inode(_ path: String) -> UInt64? {
        var facts = stat()
        return lstat(path, &facts) == 0 ? UInt64(facts.st_ino) : nil
    }

    /// Gives the file to root and another group.
    ///
    /// - Parameter group: nil: root's.
    package func give(to group: UInt32?) throws(KernelError) {
        guard Self.inode(path) == inode, chown(path, 0, group ?? 0) == 0 else {
            throw KernelError(operation: "change the group of", subject: path, errno: errno)
        }
    }

    /// Whether the file is still there, and this socket's.
    package var isNamed: Bool { Self.inode(path) == inode }

    /// Waits until there is a datagram, or for so long, in whole milliseconds.
    package func wait(atMost nanoseconds: UInt64) {
        var poll = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
        _ = Glibc.poll(&poll, 1, Int32(clamping: (nanoseconds + 999_999) / 1_000_000))
    }

    /// Hands over the datagrams that are there, at most a batch of them.
    ///
    /// - Parameter body: gets a datagram, one byte longer than `longest` where it was longer, and whom to answer, if
    ///   anybody.
    package func receive(_ body: (_ datagram: [UInt8], _ sender: Sender?) -> Void) {
        for _ in 0..<Self.batch {
            var address = UnixAddress()
            address.length = socklen_t(MemoryLayout<sockaddr_un>.size)
            let length = address.withMutablePointer { name, nameLength in
                recvfrom(descriptor.raw, &buffer, buffer.count, 0, name, nameLength)
            }
            guard length >= 0 else { return }
            body(Array(buffer[..<length]), address.isAbstract ? Sender(address: address) : nil)
        }
    }

    /// Sends an answer, or nothing where the other end is gone or takes no more: nobody is waited for.
    package func answer(_ bytes: [UInt8], to sender: Sender) {
        _ = sender.address.withPointer { sendto(descriptor.raw, bytes, bytes.count, 0, $0, $1) }
    }
}
