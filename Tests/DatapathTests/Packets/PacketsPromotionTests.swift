import CBPF
import Glibc
import Plan
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

/// Flows that somebody has called liquidations.
@Suite("packets: promotion", .enabled(if: mayMakeNamespaces))
struct PacketsPromotionTests {
    @Test("a promoted flow, it alone and in its slice alone, goes express, and back when its time is up")
    func promotion() async {
        await #expect(processExitsWith: .success) {
            let node = try PacketNode.informed()
            let flow = try FlowKey(parsing: "udp 10.0.0.1:4000 > 10.0.0.2:5000").ip!
            func queue(_ port: UInt16 = 4000, at interface: String = "p1") throws -> String {
                let frame = Packet.ethernet().ipv4().udp(port, 5000).payload(count: 18)
                return node.queueName(try node.pass(frame.bytes, at: interface).priority)
            }
            #expect(try queue() == "perp bulk")
            try node.kernel.promote(flow, vni: 4201, for: .seconds(3600))
            #expect(try queue() == "express")
            #expect(try queue(4001) == "perp bulk")
            #expect(try queue(at: "p2") == "common bulk")
            try node.kernel.promote(flow, vni: 4201, for: .milliseconds(20))
            // The thread has the namespace: it must not change.
            usleep(25_000)
            #expect(try queue() == "perp bulk")
        }
    }
}
