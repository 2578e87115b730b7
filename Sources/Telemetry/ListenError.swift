import Glibc
import NIOCore

/// The metrics' address cannot be had.
package struct ListenError: Error, Equatable, CustomStringConvertible {
    package var host: String
    package var port: UInt16
    package var reason: Reason

    package enum Reason: Sendable, Equatable {
        case inUse
        case notOfThisHost
        case notPermitted
        case unknownHost
        case other(String)
    }

    package var description: String {
        let address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        let why =
            switch reason {
            case .inUse: "another process listens there"
            case .notOfThisHost: "not an address of this host"
            case .notPermitted: "not permitted"
            case .unknownHost: "the name has no address"
            case .other(let message): message
            }
        return "metrics cannot be served on \(address): \(why)"
    }

    /// What a person can do about it.
    package var remedy: String {
        switch reason {
        case .inUse: "stop it (\"ss -ltnp sport = :\(port)\" names it), or choose another port in metrics.listen"
        case .notPermitted: "choose a port above 1023 in metrics.listen"
        case .notOfThisHost, .unknownHost, .other:
            "choose an address of this host in metrics.listen; 127.0.0.1 always works"
        }
    }
}

extension ListenError.Reason {
    init(_ error: IOError) {
        self =
            switch error.errnoCode {
            case EADDRINUSE: .inUse
            case EADDRNOTAVAIL: .notOfThisHost
            case EACCES: .notPermitted
            default: .other("\(error)")
            }
    }
}
