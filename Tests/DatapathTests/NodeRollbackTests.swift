import CBPF
import Glibc
import Plan
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

/// An apply that has changed the device, the programs or how they are attached, and then fails.
@Suite("a failed apply", .enabled(if: mayMakeNamespaces))
struct NodeRollbackTests {
    @Test("that had other programs to load, puts the former ones back", arguments: TCMechanism.allCases)
    func programs(mechanism: TCMechanism) async {
        await #expect(processExitsWith: .success) { [mechanism = mechanism.rawValue as String] in
            try Self.check(mechanism, mechanism) { node in
                var meta = Programs.meta
                meta.objects = shaper_meta().objects
                meta.mechanism = TCMechanism(rawValue: mechanism)!.raw
                try node.kernel.pinned!.maps.meta.set(UInt32(0), meta)
            }
        }
    }

    @Test("that attached by other means, attaches as before")
    func mechanism() async {
        await #expect(processExitsWith: .success) { try Self.check("clsact", "tcx") }
        await #expect(processExitsWith: .success) { try Self.check("tcx", "clsact") }
    }

    @Test("that had another tunnel device to make, makes the former one again", arguments: TCMechanism.allCases)
    func tunnel(mechanism: TCMechanism) async {
        await #expect(processExitsWith: .success) { [mechanism = mechanism.rawValue as String] in
            try Self.check(mechanism, mechanism, port: 4790)
        }
    }

    @Test("that did all of that, undoes all of it")
    func everything() async {
        await #expect(processExitsWith: .success) {
            try Self.check("clsact", "tcx", port: 4790) { node in
                var meta = Programs.meta
                meta.objects = shaper_meta().objects
                meta.mechanism = TCMechanism.clsact.raw
                try node.kernel.pinned!.maps.meta.set(UInt32(0), meta)
            }
        }
    }

    /// Has an apply fail at its last attachment: somebody else's XDP program is there.
    ///
    /// - Parameters:
    ///   - former: how programs are attached before, and `other`, how the failing apply wants them.
    ///   - port: UDP port of the policy that fails.
    ///   - prepare: what is to be different on the node before.
    private static func check(
        _ former: String, _ other: String, port: Int = 4789, prepare: (PacketNode) throws -> Void = { _ in }
    ) throws {
        let node = try PacketNode(PacketNode.policy, ApplyOptions(mechanism: TCMechanism(rawValue: former)))
        let desired = try DesiredState(node.policy)
        try run("ethtool -K t1 tx off txvlan off gro on; ip link set t1 mtu 3450; ethtool -K w0 gro on")
        try prepare(node)
        let before = try state(node, desired)
        let stranger = try Programs(pinnedIn: node.kernel.folder.programs)
        let port1 = try #require(try node.kernel.netlink.link(named: "p1").flatMap(InterfaceFacts.init)).index
        let link = bpf_link_create(stranger[.underlayIngress].fd, Int32(port1), BPF_XDP, nil)
        #expect(link >= 0)

        let text = PacketNode.xdpPolicy.replacing("rate: 200mbit}", with: "rate: 150mbit, port: \(port)}")
        let refused = try DesiredState(Policy(validating: text.replacing("NODE", with: PacketNode.name)))
        let error = #expect(throws: ApplyError.self) {
            try NodeKernel(node: PacketNode.name).apply(refused, ApplyOptions(mechanism: TCMechanism(rawValue: other)))
        }
        #expect(error?.description.contains("another XDP program") == true, "\(String(describing: error))")

        close(link)
        #expect(try state(node, desired) == before)
        // And packets pass, as they did.
        try node.learn(.local(0xAB), behind: "192.0.2.2", vni: 4201)
        try node.hear(Packet.ethernet(to: .broadcast, from: .local(0xAB)).payload(count: 46))
    }

    /// What there is in the kernel, and what the policy would have changed.
    private static func state(_ node: PacketNode, _ desired: DesiredState) throws -> [String] {
        let kernel = try NodeKernel(node: PacketNode.name)
        let programs = try Programs(pinnedIn: kernel.folder.programs)
        let interfaces = try run(
            "ip -o -d link show type vxlan | sed 's/ether [^ ]*//'; tc class show dev u0 | sort")
        return try kernel.changes(to: desired).descriptions
            + kernel.hookStates(desired).map { "\($0)" }
            + Program.allCases.map { "\($0.rawValue) \(programs[$0].id)" }
            + ["\(String(describing: kernel.mechanism)) \(kernel.generation())", interfaces]
    }
}
