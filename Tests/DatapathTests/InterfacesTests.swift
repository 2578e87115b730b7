import CBPF
import Glibc
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

/// On the running kernel, each in a network namespace of its own.
@Suite("interfaces", .enabled(if: mayMakeNamespaces))
struct InterfacesTests {
    @Test("an interface's facts are the kernel's")
    func facts() async {
        await #expect(processExitsWith: .success) {
            let pair = try VethPair()
            try run("ip link set v0 mtu 1400 address 02:00:00:00:0a:01 alias 'for people'; ip link set v1 down")
            let facts = try pair.netlink.interface(named: "v0")
            #expect(facts.kind == "veth")
            #expect(facts.mtu == 1400)
            #expect(facts.isUp)
            #expect(facts.macAddress == MACAddress(value: 0x0200_0000_0A01))
            #expect(facts.alias == "for people")
            #expect(facts.gsoMaxSize == 65536)
            #expect(facts.peerIsElsewhere == false)
            #expect(try pair.netlink.interface(named: "v1").isUp == false)
            let all = try pair.netlink.interfaces()
            #expect(all.contains(facts))
            #expect(all.map(\.name).sorted() == ["lo", "v0", "v1"])
            #expect(all.first { $0.name == "lo" }?.macAddress == nil)
        }
    }

    @Test("a veth whose other end is in another namespace is told from one whose is not")
    func peerElsewhere() async {
        await #expect(processExitsWith: .success) {
            try enterNewNamespace()
            let elsewhere = open("/proc/thread-self/ns/net", O_RDONLY)
            let pair = try VethPair()
            try run("ip link add p0 type veth peer name p1 netns /proc/\(getpid())/fd/\(elsewhere)")
            #expect(try pair.netlink.interface(named: "p0").peerIsElsewhere)
            #expect(try pair.netlink.interface(named: "v0").peerIsElsewhere == false)
        }
    }

    @Test(
        "a name that is no interface's is not found, whatever is in it",
        arguments: ["nothing", "", "a name far too long for the kernel", "v0\0", "v0 ", "../v0", "värt0"])
    func notFound(name: String) async {
        await #expect(processExitsWith: .success) { [name] in
            let pair = try VethPair()
            let error = try #require(throws: KernelError.self) { try pair.netlink.interface(named: name) }
            #expect(error == KernelError(operation: "find", subject: "interface \(name)", errno: ENODEV))
        }
    }

    @Test("addresses of both families, and only the interface's own")
    func addresses() async {
        await #expect(processExitsWith: .success) {
            let pair = try VethPair()
            try run("ip addr flush dev v0; ip addr add 192.0.2.1/24 dev v0; ip addr add 192.0.2.9/24 dev v1")
            try run("ip addr add 10.1.1.1 peer 10.1.1.2 dev v0; ip addr add 2001:db8::1/64 dev v0 nodad")
            let addresses = try pair.netlink.addresses(interface: pair.index)
            #expect(
                Set(addresses) == [
                    IPAddress(v4: 0xC000_0201), IPAddress(v4: 0x0A01_0101),
                    IPAddress(high: 0x2001_0DB8_0000_0000, low: 1),
                ])
        }
    }

    @Test("each offload is read by itself")
    func offloads() async {
        await #expect(processExitsWith: .success) {
            _ = try VethPair()
            try run("ethtool -K v0 tx on tso on gso on gro off")
            var offloads = try Offloads(interface: "v0")
            #expect(offloads.txChecksum && offloads.tcpSegmentation && offloads.genericSegmentation)
            #expect(!offloads.genericReceive)
            try run("ethtool -K v0 tx off gso off gro on")
            offloads = try Offloads(interface: "v0")
            #expect(!offloads.txChecksum && !offloads.tcpSegmentation && !offloads.genericSegmentation)
            #expect(offloads.genericReceive)
            for name in ["nothing", "a name far too long for the kernel"] {
                #expect(throws: KernelError.self) { try Offloads(interface: name) }
            }
        }
    }

    @Test("the tunnel device is made as described, and a second time nothing is written")
    func tunnelDevice() async {
        await #expect(processExitsWith: .success) {
            try enterNewNamespace()
            let netlink = try Netlink()
            let device = TunnelDevice(name: "sh-ny", udpPort: 4789, largestSegment: 2500)
            let made = try netlink.ensureTunnelDevice(device)
            #expect(made.changed)
            let shown = try run("ip -d link show sh-ny")
            for part in [
                "vxlan external", "srcport 49152 65535", "dstport 4789", "nolearning", "udp6zerocsumtx",
                "udp6zerocsumrx", "alias shaper", "gso_max_size 2500", "mtu 65535", "UP",
            ] {
                #expect(shown.contains(part), "\(part) in \(shown)")
            }
            let again = try netlink.ensureTunnelDevice(device)
            #expect(again.index == made.index)
            #expect(again.changed == false)
        }
    }

    @Test("what can change in place keeps the device, another port makes it anew")
    func tunnelDeviceChanges() async {
        await #expect(processExitsWith: .success) {
            try enterNewNamespace()
            let netlink = try Netlink()
            var device = TunnelDevice(name: "sh-ny", udpPort: 4789, largestSegment: 2500)
            let first = try netlink.ensureTunnelDevice(device)
            device.largestSegment = 1_250_000
            let larger = try netlink.ensureTunnelDevice(device)
            #expect(larger.index == first.index)
            #expect(larger.changed)
            #expect(try netlink.interface(named: "sh-ny").gsoMaxSize == 65536, "the most the device can")
            try run("ip link set sh-ny down mtu 1450")
            #expect(try netlink.ensureTunnelDevice(device) == (first.index, true))
            #expect(try netlink.interface(named: "sh-ny").isUp)

            device.udpPort = 14789
            let moved = try netlink.ensureTunnelDevice(device)
            #expect(moved.index != first.index)
            #expect(try run("ip -d link show sh-ny").contains("dstport 14789"))
            #expect(try netlink.removeTunnelDevice(named: "sh-ny"))
            #expect(try netlink.removeTunnelDevice(named: "sh-ny") == false)
        }
    }

    @Test("an interface that is not ours is neither taken over nor removed")
    func foreignTunnelDevice() async {
        await #expect(processExitsWith: .success) {
            try enterNewNamespace()
            let netlink = try Netlink()
            try run("ip link add t0 type vxlan external dstport 4789")
            try run("ip link add t1 type veth peer name t2; ip link set t1 alias shaper")
            for name in ["t0", "t1"] {
                let device = TunnelDevice(name: name, udpPort: 4789, largestSegment: 2500)
                let error = try #require(throws: KernelError.self) { try netlink.ensureTunnelDevice(device) }
                #expect(error.errno == EEXIST)
                #expect(throws: KernelError.self) { try netlink.removeTunnelDevice(named: name) }
                _ = try netlink.interface(named: name)
            }
        }
    }

    @Test("a device the kernel refuses leaves nothing behind, and the kernel's words say why")
    func refusedTunnelDevice() async {
        await #expect(processExitsWith: .success) {
            try enterNewNamespace()
            let netlink = try Netlink()
            _ = try netlink.ensureTunnelDevice(TunnelDevice(name: "sh-ny", udpPort: 4789, largestSegment: 2500))
            let second = TunnelDevice(name: "sh-ldn", udpPort: 4789, largestSegment: 2500)
            let error = try #require(throws: KernelError.self) { try netlink.ensureTunnelDevice(second) }
            #expect(error.subject == "tunnel device sh-ldn")
            #expect(error.detail?.isEmpty == false)
            #expect(try netlink.interfaces().map(\.name).contains("sh-ldn") == false)
        }
    }
}
