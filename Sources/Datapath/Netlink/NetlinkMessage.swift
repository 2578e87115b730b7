import CBPF
import CNetlink

/// One request: libnl's message, put together attribute by attribute, or as a whole by libnl-route.
final class NetlinkMessage {
    let message: OpaquePointer

    /// - Parameters:
    ///   - type: `RTM_...`.
    ///   - flags: `NLM_F_...`, beyond `NLM_F_REQUEST`.
    ///   - family: the struct every message of the type begins with (`ifinfomsg`, `tcmsg`).
    convenience init(_ type: Int, flags: Int32 = 0, family: some BitwiseCopyable) {
        self.init { message in
            // libnl gives each a page, of which thousands would be most of the work.
            message = nlmsg_alloc_size(512)
            nlmsg_put(message, 0, 0, Int32(type), 0, flags)
            return withUnsafeBytes(of: family) {
                nlmsg_append(message, UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count, Int32(NLMSG_ALIGNTO))
            }
        }
    }

    /// What one of libnl-route's `rtnl_..._build_..._request` functions makes.
    init(_ build: (inout OpaquePointer?) -> Int32) {
        var built: OpaquePointer?
        mustSucceed(build(&built))
        message = built!
        nlmsg_hdr(message).pointee.nlmsg_flags |= UInt16(NLM_F_REQUEST)
    }

    deinit { nlmsg_free(message) }

    var count: Int { Int(nlmsg_hdr(message).pointee.nlmsg_len) }

    /// An attribute that is a number or a struct, in the host's byte order.
    func put(_ type: Int, _ value: some BitwiseCopyable) {
        withUnsafeBytes(of: value) { mustSucceed(nla_put(message, Int32(type), Int32($0.count), $0.baseAddress)) }
    }

    /// An attribute that is text, ended by a zero byte.
    func put(_ type: Int, _ text: String) { mustSucceed(nla_put_string(message, Int32(type), text)) }

    /// An attribute that holds what `content` puts.
    func nest(_ type: Int, _ content: () -> Void) {
        let nest = nla_nest_start(message, Int32(type))
        content()
        mustSucceed(nla_nest_end(message, nest))
    }

    /// Adds the bytes to send.
    func append(to bytes: inout [UInt8], sequence: UInt32, acknowledge: Bool) {
        let header = nlmsg_hdr(message)!
        header.pointee.nlmsg_seq = sequence
        if acknowledge { header.pointee.nlmsg_flags |= UInt16(NLM_F_ACK) }
        bytes.append(contentsOf: UnsafeRawBufferPointer(start: header, count: count))
    }
}

/// libnl fails to put a message together where we misuse it, and for want of memory.
func mustSucceed(_ outcome: Int32) { precondition(outcome >= 0, String(cString: nl_geterror(outcome))) }
