import CBPF

/// One message from the kernel. Reading never leaves the bytes that came: what is missing or cut short is nil.
struct NetlinkReply {
    var header: nlmsghdr
    private var body: ArraySlice<UInt8>

    /// The messages of one datagram.
    static func all(in datagram: [UInt8]) -> [NetlinkReply] {
        var replies: [NetlinkReply] = []
        var rest = datagram[...]
        while let header = rest.load(nlmsghdr.self) {
            let length = Int(header.nlmsg_len)
            guard length >= MemoryLayout<nlmsghdr>.size, length <= rest.count else { break }
            replies.append(
                NetlinkReply(header: header, body: rest.prefix(length).dropFirst(MemoryLayout<nlmsghdr>.size)))
            rest = rest.dropFirst(netlinkAligned(length))
        }
        return replies
    }

    /// The struct the message begins with.
    func family<Family: BitwiseCopyable>(_ type: Family.Type) -> Family? { body.load(type) }

    /// The attributes after the struct the message begins with.
    func attributes<Family: BitwiseCopyable>(after type: Family.Type) -> NetlinkAttributes {
        NetlinkAttributes(body.dropFirst(netlinkAligned(MemoryLayout<Family>.size)))
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

/// Attributes of a message, by type. Of several of one type the last counts.
struct NetlinkAttributes {
    private var values: [Int: ArraySlice<UInt8>] = [:]

    init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while let attribute = rest.load(nlattr.self) {
            let length = Int(attribute.nla_len)
            guard length >= MemoryLayout<nlattr>.size, length <= rest.count else { break }
            let type = Int32(attribute.nla_type) & ~(NLA_F_NESTED | NLA_F_NET_BYTEORDER)
            values[Int(type)] = rest.prefix(length).dropFirst(MemoryLayout<nlattr>.size)
            rest = rest.dropFirst(netlinkAligned(length))
        }
    }

    /// A number or struct in the host's byte order.
    func value<Value: BitwiseCopyable>(_ type: Int, as: Value.Type = Value.self) -> Value? {
        values[type]?.load(Value.self)
    }

    /// Text, without the zero byte that ends it.
    func text(_ type: Int) -> String? {
        values[type].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    func bytes(_ type: Int) -> [UInt8]? { values[type].map(Array.init) }

    /// Absent is the same as empty.
    func nested(_ type: Int) -> NetlinkAttributes { NetlinkAttributes(values[type] ?? []) }
}

extension ArraySlice<UInt8> {
    /// The value at the front, or nil where there are too few bytes.
    fileprivate func load<Value: BitwiseCopyable>(_ type: Value.Type) -> Value? {
        guard count >= MemoryLayout<Value>.size else { return nil }
        return withUnsafeBytes { $0.loadUnaligned(as: type) }
    }
}
