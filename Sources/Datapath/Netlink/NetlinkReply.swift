import CBPF
import CNetlink

/// One message from the kernel. Reading never leaves the bytes that came: what is missing or cut short is nil.
struct NetlinkReply {
    var header: nlmsghdr
    private var body: ArraySlice<UInt8>

    /// The messages of one datagram.
    static func all(in datagram: [UInt8]) -> [NetlinkReply] {
        var replies: [NetlinkReply] = []
        var rest = datagram[...]
        while let header = rest.load(nlmsghdr.self), nlmsg_ok([header], Int32(rest.count)) != 0 {
            let message = rest.prefix(Int(header.nlmsg_len))
            replies.append(NetlinkReply(header: header, body: message.dropFirst(MemoryLayout<nlmsghdr>.size)))
            rest = rest.dropFirst(netlinkAligned(message.count))
        }
        return replies
    }

    /// The struct the message begins with.
    func family<Family: BitwiseCopyable>(_ type: Family.Type) -> Family? { body.load(type) }

    /// The attributes after the struct the message begins with.
    func attributes<Family: BitwiseCopyable>(after type: Family.Type) -> NetlinkAttributes {
        NetlinkAttributes(bytes: body.dropFirst(netlinkAligned(MemoryLayout<Family>.size)))
    }

    /// The outcome this message tells of: 0 done, positive an error number, nil where it is data.
    var outcome: Int32? {
        guard Int32(header.nlmsg_type) == NLMSG_ERROR || Int32(header.nlmsg_type) == NLMSG_DONE else { return nil }
        return body.load(Int32.self).map { -$0 } ?? 0
    }

    /// The kernel's own words about an error (extended acknowledgement), where it has any.
    var explanation: String? {
        guard Int32(header.nlmsg_flags) & NLM_F_ACK_TLVS != 0 else { return nil }
        let isError = Int32(header.nlmsg_type) == NLMSG_ERROR
        let attributes = isError ? attributes(after: nlmsgerr.self) : attributes(after: Int32.self)
        return attributes.text(Int(NLMSGERR_ATTR_MSG.rawValue))
    }
}

/// Attributes of a message. Of several of one type the first counts.
struct NetlinkAttributes {
    fileprivate var bytes: ArraySlice<UInt8>

    func bytes(_ type: Int) -> [UInt8]? { payload(type).map(Array.init) }

    /// A number or struct in the host's byte order.
    func value<Value: BitwiseCopyable>(_ type: Int, as: Value.Type = Value.self) -> Value? {
        payload(type)?.load(Value.self)
    }

    /// Text, without the zero byte that ends it.
    func text(_ type: Int) -> String? {
        payload(type).map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// Absent is the same as empty.
    func nested(_ type: Int) -> NetlinkAttributes { NetlinkAttributes(bytes: payload(type) ?? []) }

    private func payload(_ type: Int) -> ArraySlice<UInt8>? {
        bytes.withUnsafeBytes { all -> ArraySlice<UInt8>? in
            guard let start = all.baseAddress,
                let found = nla_find(start.assumingMemoryBound(to: nlattr.self), Int32(all.count), Int32(type))
            else { return nil }
            return bytes.dropFirst(UnsafeRawPointer(nla_data(found)) - start).prefix(Int(nla_len(found)))
        }
    }
}

/// Messages and attributes begin at multiples of four.
private func netlinkAligned(_ length: Int) -> Int { (length + 3) & ~3 }

extension ArraySlice<UInt8> {
    /// The value at the front, or nil where there are too few bytes.
    fileprivate func load<Value: BitwiseCopyable>(_ type: Value.Type) -> Value? {
        guard count >= MemoryLayout<Value>.size else { return nil }
        return withUnsafeBytes { $0.loadUnaligned(as: type) }
    }
}
