import CBPF
import Glibc

/// A socket to rtnetlink in the network namespace of the thread that opened it: interfaces and queues go through it.
///
/// Not for use by several tasks at once: a request and its answers belong together. The messages are libnl's, the
/// socket is not: libnl's own keeps neither the kernel's error numbers nor its words.
package final class Netlink {
    private let socket: Int32
    private var sequence: UInt32 = 0

    /// One system call carries at most this many bytes. It must fit the socket's send buffer (208 KiB by default),
    /// and the answers to it, should every message fail, the receive buffer.
    private static let batchBytes = 64 << 10
    /// The kernel packs up to 32 KiB of a dump into a datagram.
    private static let datagramBytes = 64 << 10

    /// To rtnetlink.
    package init() throws(KernelError) { socket = try Self.connectedSocket(NETLINK_ROUTE) }

    /// - Parameter protocol: `NETLINK_...`.
    init(protocol: Int32) throws(KernelError) { socket = try Self.connectedSocket(`protocol`) }

    deinit { close(socket) }

    /// What a request is about, for its error.
    struct Purpose {
        var operation: String
        var subject: String
    }

    /// Carries out changes in order, many in one system call.
    ///
    /// The kernel takes each message by itself: on an error those before it are in force, and those after it, up to
    /// the end of the system call's batch, may be.
    ///
    /// - Parameter requests: better lazy, for each takes a page until it is sent.
    func perform(_ requests: some Sequence<NetlinkMessage>, purpose: (Int) -> Purpose) throws(KernelError) {
        var batch: [NetlinkMessage] = []
        var size = 0
        var first = 0
        func flush() throws(KernelError) {
            if let failure = try exchange(batch, purpose: purpose(first)).failure {
                throw failure.error(purpose(first + failure.index))
            }
            first += batch.count
            size = 0
            batch = []
        }
        for request in requests {
            if size + request.count > Self.batchBytes { try flush() }
            size += request.count
            batch.append(request)
        }
        if !batch.isEmpty { try flush() }
    }

    /// One request whose answer is data.
    func query(_ request: NetlinkMessage, _ operation: String, _ subject: String) throws(KernelError) -> [NetlinkReply]
    {
        let purpose = Purpose(operation: operation, subject: subject)
        // A dump that something changed under is inconsistent, and says so: take it again.
        for _ in 0..<10 {
            let exchange = try exchange([request], purpose: purpose)
            if let failure = exchange.failure { throw failure.error(purpose) }
            if !exchange.interrupted { return exchange.replies }
        }
        throw KernelError(operation: operation, subject: subject, errno: EAGAIN, detail: "it keeps changing")
    }

    private struct Failure {
        /// Of the request in its batch.
        var index: Int
        var errno: Int32
        var detail: String?

        func error(_ purpose: Purpose) -> KernelError {
            KernelError(operation: purpose.operation, subject: purpose.subject, errno: errno, detail: detail)
        }
    }

    private struct Exchange {
        var replies: [NetlinkReply] = []
        /// The first.
        var failure: Failure?
        var interrupted = false
    }

    /// Sends a batch and reads everything it brings about. Only the last request asks for an acknowledgement, for
    /// errors are told without being asked for.
    private func exchange(_ requests: [NetlinkMessage], purpose: Purpose) throws(KernelError) -> Exchange {
        let first = sequence &+ 1
        var bytes: [UInt8] = []
        bytes.reserveCapacity(requests.reduce(0) { $0 + $1.count })
        for (place, request) in requests.enumerated() {
            sequence &+= 1
            request.append(to: &bytes, sequence: sequence, acknowledge: place == requests.count - 1)
        }
        var sent: Int
        repeat { sent = send(socket, bytes, bytes.count, 0) } while sent < 0 && errno == EINTR
        guard sent == bytes.count else { throw Failure(index: 0, errno: errno).error(purpose) }

        var exchange = Exchange()
        while true {
            guard let datagram = try receive(purpose) else {
                // The kernel answers within send(), so nothing more will come: the acknowledgement did not fit.
                if exchange.failure == nil { exchange.failure = Failure(index: 0, errno: ENOBUFS) }
                return exchange
            }
            for reply in NetlinkReply.all(in: datagram) {
                let index = Int(reply.header.nlmsg_seq &- first)
                guard index < requests.count else { continue }  // left from a request that failed
                if Int32(reply.header.nlmsg_flags) & NLM_F_DUMP_INTR != 0 { exchange.interrupted = true }
                guard let outcome = reply.outcome else {
                    exchange.replies.append(reply)
                    continue
                }
                if outcome != 0, exchange.failure == nil {
                    exchange.failure = Failure(index: index, errno: outcome, detail: reply.explanation)
                }
                if index == requests.count - 1 { return exchange }
            }
        }
    }

    /// The next datagram, or nil where there is none.
    private func receive(_ purpose: Purpose) throws(KernelError) -> [UInt8]? {
        var received = 0
        var error: Int32 = 0
        let datagram = [UInt8](unsafeUninitializedCapacity: Self.datagramBytes) { buffer, count in
            // MSG_TRUNC: the datagram's own length, so that a cut one is noticed.
            repeat {
                received = recv(socket, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT | MSG_TRUNC))
                error = errno
            } while received < 0 && error == EINTR
            count = min(max(received, 0), buffer.count)
        }
        if received < 0 && error == EAGAIN { return nil }
        guard received >= 0 else { throw Failure(index: 0, errno: error).error(purpose) }
        guard received <= datagram.count else { throw Failure(index: 0, errno: EMSGSIZE).error(purpose) }
        return datagram
    }

    private static func connectedSocket(_ protocol: Int32) throws(KernelError) -> Int32 {
        let descriptor = Glibc.socket(AF_NETLINK, Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue), `protocol`)
        guard descriptor >= 0 else {
            throw KernelError(operation: "open", subject: "a netlink socket", errno: errno)
        }
        // Extended acknowledgements, without a copy of the request in each. Lost answers are noticed by their
        // absence; ENOBUFS would hide those that did arrive.
        for option in [NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_NO_ENOBUFS] {
            var on: Int32 = 1
            setsockopt(descriptor, SOL_NETLINK, option, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        // Connected to the kernel, nobody else's messages are taken for its answers.
        var kernel = sockaddr_nl()
        kernel.nl_family = UInt16(AF_NETLINK)
        let connected = withUnsafeBytes(of: &kernel) {
            connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
        }
        guard connected == 0 else {
            let error = KernelError(operation: "connect", subject: "a netlink socket", errno: errno)
            close(descriptor)
            throw error
        }
        return descriptor
    }
}
