import Plan
import Policy
import PolicySamples
import Testing

@Suite("A flow as text")
struct FlowKeyTests {
    @Test(
        "is read and written back",
        arguments: [
            "udp 10.0.0.1:4000 > 10.0.0.2:7001",
            "udp 10.0.0.1:0 > 10.0.0.2:65535 dscp EF payload 00ff",
            "tcp [2001:db8::1]:4000 > [2001:db8::2]:22 dscp 7",
            "sctp 10.0.0.1:1 > 10.0.0.2:2",
            "icmp 10.0.0.1 > 10.0.0.2",
            "icmpv6 fe80::1 > ff02::1",
            "47 10.0.0.1 > 10.0.0.2",
            "tcp 10.0.0.1 > 10.0.0.2 dscp CS6 fragment",
            "arp",
        ])
    func roundTrip(text: String) throws {
        #expect(try FlowKey(parsing: text).description == text)
    }

    @Test("gives its parts")
    func parts() throws {
        let flow = try FlowKey(parsing: "UDP 10.0.0.1:4000  >  [::ffff:10.0.0.2]:7001 payload 0A0b dscp ef")
        #expect(
            flow.ip
                == FlowKey.IP(
                    ipProtocol: 17, source: Build.v4(10, 0, 0, 1), destination: Build.v4(10, 0, 0, 2),
                    ports: FlowKey.Ports(source: 4000, destination: 7001), dscp: 46, payload: [10, 11]))
    }

    @Test(
        "is refused when it makes no sense",
        arguments: [
            "", ">", "udp", "arp 10.0.0.1", "udp 10.0.0.1:4000 10.0.0.2:7001", "udp 10.0.0.1:4000 > ",
            "udp 10.0.0.1 > 10.0.0.2", "udp 10.0.0.1:65536 > 10.0.0.2:1", "udp 10.0.0.1:+1 > 10.0.0.2:1",
            "udp 10.0.0.1: > 10.0.0.2:1", "udp : > :", "udp [:1 > ]:1", "udp 2001:db8::1:4000 > 2001:db8::2:22",
            "icmp 10.0.0.1:8 > 10.0.0.2", "icmp 10.0.0.1 > 2001:db8::1", "255 10.0.0.1 > 10.0.0.2",
            "-6 10.0.0.1 > 10.0.0.2", "frob 10.0.0.1 > 10.0.0.2", "udp 10.0.0.1:1 > 10.0.0.2:2 dscp",
            "udp 10.0.0.1:1 > 10.0.0.2:2 dscp 64", "udp 10.0.0.1:1 > 10.0.0.2:2 payload 0",
            "udp 10.0.0.1:1 > 10.0.0.2:2 payload", "udp 10.0.0.1:1 > 10.0.0.2:2 payload 0g",
            "udp 10.0.0.1:1 > 10.0.0.2:2 ttl 5", "tcp 10.0.0.1:1 > 10.0.0.2:2 payload 00",
            "udp 10.0.0.1 > 10.0.0.2 fragment payload 00",
        ])
    func refused(text: String) {
        #expect(throws: ValueError.self) { try FlowKey(parsing: text) }
    }
}
