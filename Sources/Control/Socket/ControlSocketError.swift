import Glibc
import NIOCore
import Sockets

/// Why the two ends of a control socket could not meet.
package enum ControlSocketError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Nothing answers there: no daemon, or the socket file of a dead one.
    case notRunning(path: String)
    case notPermitted(path: String)
    /// The daemon took longer than the caller was ready to wait. What it was asked may still happen.
    case timedOut(path: String, after: Duration)
    /// The daemon went away before it answered.
    case noAnswer(path: String)
    case badAnswer(path: String)
    /// Another daemon serves this node.
    case alreadyServed(path: String, pid: Int32?)
    /// Something that is no socket has the socket's name.
    case notASocket(path: String)
    case pathTooLong(path: String)
    case system(path: String, operation: String, error: String)

    package var description: String {
        switch self {
        case .notRunning(let path): "no shaperctl run answers at \(path)"
        case .notPermitted(let path): "\(path): not permitted"
        case .timedOut(let path, let time): "no answer from \(path) within \(time)"
        case .noAnswer(let path): "\(path) closed the connection without an answer"
        case .badAnswer(let path): "what answers at \(path) is not shaperctl run"
        case .alreadyServed(_, .some(let pid)): "another shaperctl run is serving this node, pid \(pid)"
        case .alreadyServed(let path, nil): "another process is serving \(path)"
        case .notASocket(let path): "\(path) exists and is not a socket"
        case .pathTooLong(let path): "\(path) is too long for a socket, which may have 103 bytes"
        case .system(let path, let operation, let error): "\(operation) \(path): \(error)"
        }
    }

    /// What a person can do about it.
    package var remedy: String? {
        switch self {
        case .notRunning: "start it with \"shaperctl run\""
        case .notPermitted: "run as root, or as a member of the group \"shaper\""
        case .timedOut: "see its log; \"status\" tells whether the change was made"
        case .noAnswer: "see its log"
        case .alreadyServed(_, .some(let pid)): "stop it first: kill \(pid)"
        case .alreadyServed(let path, nil): "find it with \"ss -lxp src \(path)\" and stop it first"
        case .notASocket(let path), .badAnswer(let path): "move \(path) away"
        case .pathTooLong, .system: nil
        }
    }

    init(_ error: SocketFileError) {
        self =
            switch error {
            case .alreadyServed(let path): .alreadyServed(path: path, pid: nil)
            case .notASocket(let path): .notASocket(path: path)
            case .noFolder(let path, let folder):
                .system(path: path, operation: "making", error: "there is no folder \(folder)")
            case .system(let path, let operation, let error): .system(path: path, operation: operation, error: error)
            }
    }

    /// Of a failed system call on the socket at `path`.
    static func from(_ error: any Error, path: String, operation: String) -> ControlSocketError {
        switch error {
        case let error as ControlSocketError: error
        case SocketAddressError.unixDomainSocketPathTooLong: .pathTooLong(path: path)
        case let error as IOError where error.errnoCode == ENOENT || error.errnoCode == ECONNREFUSED:
            .notRunning(path: path)
        case let error as IOError where error.errnoCode == EACCES || error.errnoCode == EPERM:
            .notPermitted(path: path)
        case let error as IOError where error.errnoCode == ECONNRESET || error.errnoCode == EPIPE: .noAnswer(path: path)
        case is ChannelError, is NIOAsyncWriterError: .noAnswer(path: path)
        default: .system(path: path, operation: operation, error: "\(error)")
        }
    }
}
