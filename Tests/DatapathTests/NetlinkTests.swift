import CBPF
import Glibc
import Testing

@testable import Datapath
@testable import PacketLab

@Suite("netlink messages")
struct NetlinkTests {
    private func sample() -> NetlinkMessage {
        let message = NetlinkMessage(RTM_NEWLINK, flags: NLM_F_CREATE, family: ifinfomsg())
        message.put(IFLA_IFNAME, "v0")
        message.nest(IFLA_LINKINFO) {
            message.put(IFLA_INFO_KIND, "vxlan")
            message.nest(IFLA_INFO_DATA) { message.put(IFLA_VXLAN_PORT, UInt16(4789).bigEndian) }
        }
        message.put(IFLA_MTU, UInt32(1450))
        return message
    }

    @Test("what is written is read back, nested and unaligned parts included")
    func roundTrip() throws {
        let bytes = sample().encoded(sequence: 7, acknowledge: true)
        #expect(bytes.count == sample().count)
        #expect(bytes.count % 4 == 0)
        let replies = NetlinkReply.all(in: bytes + bytes)
        #expect(replies.count == 2)
        let reply = try #require(replies.last)
        #expect(reply.header.nlmsg_seq == 7)
        #expect(Int32(reply.header.nlmsg_flags) == NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE)
        let attributes = reply.attributes(after: ifinfomsg.self)
        #expect(attributes.text(IFLA_IFNAME) == "v0")
        #expect(attributes.value(IFLA_MTU) == UInt32(1450))
        #expect(attributes.value(IFLA_MTU, as: UInt64.self) == nil, "too short for that")
        let info = attributes.nested(IFLA_LINKINFO)
        #expect(info.text(IFLA_INFO_KIND) == "vxlan")
        #expect(info.nested(IFLA_INFO_DATA).value(IFLA_VXLAN_PORT) == UInt16(4789).bigEndian)
        #expect(info.nested(IFLA_INFO_SLAVE_DATA).text(1) == nil)
    }

    @Test("bytes that are cut short or wrong are never read beyond, nor loop")
    func hostileBytes() {
        let good = sample().encoded(sequence: 1, acknowledge: false)
        var generator = SystemRandomNumberGenerator()
        for round in 0..<20_000 {
            var bytes = Array(good.prefix(round % (good.count + 1)))
            for _ in 0..<Int.random(in: 0...4, using: &generator) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            for reply in NetlinkReply.all(in: bytes) {
                _ = reply.outcome
                _ = reply.explanation
                _ = InterfaceFacts(reply)
                _ = HTBClass(reply, queueLimits: [:])
            }
        }
        #expect(NetlinkReply.all(in: good).count == 1)
        #expect(NetlinkReply.all(in: Array(good.dropLast())).isEmpty)
    }

    @Test(
        "errors read as sentences",
        arguments: [
            (EINVAL, "parent is no class", "could not add map slices: Invalid argument (parent is no class)"),
            (ENOENT, nil, "could not add map slices: No such file or directory"),
            (524, nil, "could not add map slices: Operation not supported"),
            (4711, nil, "could not add map slices: error 4711"),
        ] as [(Int32, String?, String)])
    func errors(errno: Int32, detail: String?, text: String) {
        #expect(
            KernelError(operation: "add", subject: "map slices", errno: errno, detail: detail).description == text)
    }
}

extension NetlinkMessage {
    fileprivate func encoded(sequence: UInt32, acknowledge: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes, sequence: sequence, acknowledge: acknowledge)
        return bytes
    }
}
