import CBPF

/// One request, put together attribute by attribute.
///
/// Messages are built here, not with libnl-route: it has no setter for HTB's `direct_qlen`, works out bursts of its
/// own, and waits for an answer to each message. A message is a header, a struct of its family and attributes of
/// type, length and value; that is little code, exact, and goes out in batches.
struct NetlinkMessage {
    private var header: nlmsghdr
    private var body: [UInt8] = []

    /// - Parameters:
    ///   - type: `RTM_...`.
    ///   - flags: `NLM_F_...`, beyond `NLM_F_REQUEST`.
    ///   - family: the struct every message of the type begins with (`ifinfomsg`, `tcmsg`).
    init(_ type: Int, flags: Int32 = 0, family: some BitwiseCopyable) {
        header = nlmsghdr()
        header.nlmsg_type = UInt16(type)
        header.nlmsg_flags = UInt16(NLM_F_REQUEST | flags)
        append(family)
    }

    var count: Int { MemoryLayout<nlmsghdr>.size + body.count }

    /// An attribute that is a number or a struct, in the host's byte order.
    mutating func put(_ type: Int, _ value: some BitwiseCopyable) {
        nest(type) { $0.append(value) }
    }

    /// An attribute that is text, ended by a zero byte.
    mutating func put(_ type: Int, _ text: String) {
        nest(type) { $0.body += Array(text.utf8) + [0] }
    }

    /// An attribute that holds what `content` appends.
    mutating func nest(_ type: Int, _ content: (inout NetlinkMessage) -> Void) {
        let start = body.count
        append(nlattr(nla_len: 0, nla_type: UInt16(type)))
        content(&self)
        withUnsafeBytes(of: UInt16(body.count - start)) { body.replaceSubrange(start..<start + 2, with: $0) }
        body += [UInt8](repeating: 0, count: netlinkAligned(body.count) - body.count)
    }

    /// The bytes to send.
    func encoded(sequence: UInt32, acknowledge: Bool) -> [UInt8] {
        var header = header
        header.nlmsg_len = UInt32(count)
        header.nlmsg_seq = sequence
        if acknowledge { header.nlmsg_flags |= UInt16(NLM_F_ACK) }
        return withUnsafeBytes(of: header) { Array($0) } + body
    }

    private mutating func append(_ value: some BitwiseCopyable) {
        withUnsafeBytes(of: value) { body.append(contentsOf: $0) }
    }
}

/// Messages and attributes begin at multiples of four.
func netlinkAligned(_ length: Int) -> Int { (length + 3) & ~3 }
