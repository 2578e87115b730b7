import Policy
import Testing

@testable import Control
@testable import Datapath

/// What `doctor` says of ports that XDP reads.
@Suite("doctor: express") struct ExpressFindingsTests {
    private let policy = try! Policy(
        validating: """
            apiVersion: shaper/v1
            node: ny
            underlay: {interface: u0, address: 192.0.2.1, rate: 1gbit}
            classes:
              - {name: first, lane: express, ceiling: 10%}
              - {name: bulk, default: true}
            slices:
              - {name: perp, vni: 1, ports: [{interface: p1, xdp: native}, p2]}
            peers:
              - {name: ldn, address: 192.0.2.2, slices: [perp]}
            rules:
              - {class: first, protocol: udp}
            """)

    /// Everything as it should be: the underlay is 1, the ports are 2 and 3.
    private var facts: NetworkFacts {
        func veth(_ name: String, _ index: UInt32, mtu: UInt32) -> InterfaceFacts {
            InterfaceFacts(
                name: name, index: index, mtu: mtu, kind: "veth", isUp: true, txQueues: 1, gsoMaxSize: 65536,
                tsoMaxSize: 65536)
        }
        let links = [veth("u0", 1, mtu: 1500), veth("p1", 2, mtu: 1450), veth("p2", 3, mtu: 1450)]
        return NetworkFacts(
            interfaces: Dictionary(uniqueKeysWithValues: links.map { ($0.name, $0) }),
            addresses: [IPAddress(v4: 0xC000_0201)],
            rootQdisc: nil, transmitQueues: 1, offloads: [:], hasOwnXDP: false,
            farEnds: ["p1": FarEnd(txChecksum: false, txVLAN: false)], xdpTransmitters: [1, 2])
    }

    /// Findings of a subject, by level and message.
    private func findings(_ subject: String, _ facts: NetworkFacts) -> [Finding] {
        Finding.all(facts, policy).filter { $0.subject == subject }
    }

    @Test func `ports read by tc and by XDP are told apart`() {
        let checksums = findings("express checksums", facts)
        #expect(checksums.map(\.level) == [.ok, .ok])
        #expect(checksums.map(\.message.first) == ["p", "p"] && checksums[0].message.hasPrefix("p2: read by tc"))
        #expect(checksums[1].message.hasPrefix("p1: read by XDP"))
        #expect(findings("XDP redirects", facts).map(\.level) == [.ok])
    }

    @Test(arguments: [(true, false, "checksums"), (false, true, "VLAN tags"), (true, true, "checksums and VLAN tags")])
    func `a sender that leaves work to its device is a problem`(checksum: Bool, vlan: Bool, words: String) {
        var facts = facts
        facts.farEnds["p1"] = FarEnd(txChecksum: checksum, txVLAN: vlan)
        let finding = findings("express checksums", facts).last
        #expect(finding?.level == .problem && finding?.message.contains("p1 leaves \(words) to its device") == true)
        #expect(finding?.remedy?.contains("ethtool -K NAME tx off txvlan off") == true)
    }

    @Test func `a sender that cannot be found is a problem`() {
        var facts = facts
        facts.farEnds = [:]
        #expect(findings("express checksums", facts).map(\.level) == [.ok, .problem])
    }

    @Test(arguments: [([2], "u0:"), ([1], "p1:"), ([3], "u0, p1:")] as [(Set<UInt32>, String)])
    func `where XDP cannot send is named, with what helps`(transmitters: Set<UInt32>, names: String) {
        var facts = facts
        facts.xdpTransmitters = transmitters
        let finding = findings("XDP redirects", facts).first
        #expect(finding?.level == .warning && finding?.message.hasPrefix(names) == true)
        #expect(finding?.remedy?.contains("gro on") == true)
    }

    @Test func `a NIC's pause is told before its first XDP program is attached`() {
        var facts = facts
        facts.interfaces["u0"]?.kind = ""
        #expect(findings("XDP", facts).map { $0.message.contains("traffic stops for a moment") } == [true])
        facts.hasOwnXDP = true
        #expect(findings("XDP", facts).map { $0.message.contains("traffic stops for a moment") } == [false])

        var changes = NodeChanges()
        #expect(changes.summary == [])
        changes.restarting = ["u0"]
        #expect(changes.summary == ["! " + NodeChanges.restart("u0")] && changes.descriptions.count == 1)
    }
}
