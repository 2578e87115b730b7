import Testing

extension EndToEnd {
    /// Express packets that XDP carries past the nodes' stacks: ports `p1` with `xdp: native`, as `expressByXDP` has them.
    @Suite(.expressByXDP) struct ExpressByXDP {
        @Test func `a thousand datagrams each way arrive, and travel by XDP`() throws {
            let daemons = try [Node.ny, .ldn].map { try Daemon($0.xdpPolicy(), on: $0) }
            try withExtendedLifetime(daemons) {
                try waitForHops()
                for (from, to, address) in [(Node.ny, Node.ldn, "10.0.0.2"), (.ldn, .ny, "10.0.0.1")] {
                    let sent = try from.host.sentByXDP("u0"), taken = try to.host.sentByXDP("p1")
                    let delays = try Probe(
                        from: from.tenant, to: to.tenant, address: address, rate: 500, seconds: 2
                    ).run()
                    #expect(delays.received == 1000 && delays.lostOnTheWay == 0)
                    #expect(try from.host.sentByXDP("u0") - sent == 1000, "out of \(from)")
                    #expect(try to.host.sentByXDP("p1") - taken == 1000, "in at \(to)")
                }
                let row = try Node.ny.classes().row("perp", "liquidation")
                #expect(row.express.packets >= 1000 && row.demoted.packets == 0)
            }
        }

        @Test func `when the daemon is gone, packets go through the vxlan device, and none is lost`() throws {
            let ldn = try Daemon(Node.ldn.xdpPolicy(), on: .ldn), ny = try Daemon(Node.ny.xdpPolicy(), on: .ny)
            try withExtendedLifetime(ldn) {
                try waitForHops()
                let before = try Host.ny.sentByXDP("u0")
                var expired = 0
                let delays = try Probe(from: .nyA, to: .ldnA, rate: 500, seconds: 16).run {
                    try ny.kill()
                    pause(seconds: 12)
                    expired = try Host.ny.sentByXDP("u0")
                }
                #expect(delays.received == 8000 && delays.lostOnTheWay == 0)
                #expect(expired - before > 1000, "XDP went on for as long as a hop is good")
                #expect(try Host.ny.sentByXDP("u0") == expired, "and not a packet longer")
            }
        }

        @Test func `a far end that takes no redirects gets them by tc`() throws {
            try run("ethtool -K ny gro off", on: .wire)
            defer { _ = try? run("ethtool -K ny gro on", on: .wire) }
            let daemons = try [Node.ny, .ldn].map { try Daemon($0.xdpPolicy(), on: $0) }
            try withExtendedLifetime(daemons) {
                try run("ping -c 1 -W 1 10.0.0.2", on: .nyA)
                let before = try Host.ny.sentByXDP("u0")
                let delays = try Probe(from: .nyA, to: .ldnA, rate: 500, seconds: 5).run()
                #expect(delays.received == 2500 && delays.lostOnTheWay == 0)
                #expect(try Host.ny.sentByXDP("u0") == before)
            }
        }

        @Test func `a receiver that takes no redirects gets them by tc`() throws {
            try run("ethtool -K eth0 gro off", on: .ldnA)
            defer { _ = try? run("ethtool -K eth0 gro on", on: .ldnA) }
            try Node.ldn.apply(Node.ldn.xdpPolicy())
            let taken = try Host.ldn.sentByXDP("p1")
            let ny = try Daemon(Node.ny.xdpPolicy(), on: .ny)
            try withExtendedLifetime(ny) {
                try waitForHops()
                let delays = try Probe(from: .nyA, to: .ldnA, rate: 500, seconds: 1).run()
                #expect(delays.received == 500 && delays.lostOnTheWay == 0)
                #expect(try Host.ldn.sentByXDP("p1") == taken)
            }
        }

        @Test func `the kernel's own VXLAN understands what XDP sends, and is understood`() throws {
            try Node.ldn.unload()
            try Lab.script("baseline", "up", "ldn")
            defer { _ = try? Lab.script("baseline", "down", "ldn") }
            let ny = try Daemon(Node.ny.xdpPolicy(), on: .ny)
            try withExtendedLifetime(ny) {
                try waitForHops()
                let sent = try Host.ny.sentByXDP("u0"), errors = try checksumErrors()
                let out = try Probe(from: .nyA, to: .ldnA, rate: 500, seconds: 1).run()
                #expect(out.received == 500 && out.lostOnTheWay == 0)
                #expect(try Host.ny.sentByXDP("u0") - sent == 500)
                let back = try Probe(from: .ldnA, to: .nyA, address: "10.0.0.1", rate: 500, seconds: 1).run()
                #expect(back.received == 500 && back.lostOnTheWay == 0)
                #expect(try checksumErrors() == errors)
            }
        }

        @Test(arguments: ["tx", "txvlan"])
        func `a sender that leaves work to its device is refused, and told what to do`(offload: String) throws {
            try Node.ny.unload()
            try run("ethtool -K eth0 \(offload) on", on: .nyA)
            defer { _ = try? run("ethtool -K eth0 \(offload) off", on: .nyA) }
            let refused = try Node.ny.tryApply(Node.ny.xdpPolicy())
            #expect(refused.status == 1)
            #expect(
                refused.err.contains("p1") && refused.err.contains("ethtool -K NAME tx off txvlan off"),
                "\(refused.err)")
            #expect(try Node.ny.unload().contains("nothing"), "a refused apply leaves nothing")
        }

        @Test func `somebody else's XDP program on a port is refused, and left alone`() throws {
            try Node.ny.unload()
            try run("ip link set dev p1 xdpdrv pinned \(Node.ldn.pinned("underlay_ingress"))", on: .ny)
            defer { _ = try? run("ip link set dev p1 xdpdrv off", on: .ny) }
            let before = try run("ip link show dev p1", on: .ny)
            let refused = try Node.ny.tryApply(Node.ny.xdpPolicy())
            #expect(refused.status == 1 && refused.err.contains("another XDP program"), "\(refused.err)")
            #expect(try run("ip link show dev p1", on: .ny) == before)
        }

        @Test func `a sender whose MTU is above what XDP reads is told so`() throws {
            try Node.ny.unload()
            try run("ip link set eth0 mtu 9000", on: .nyA)
            defer { _ = try? run("ip link set eth0 mtu 1450", on: .nyA) }
            let refused = try Node.ny.tryApply(Node.ny.xdpPolicy())
            #expect(refused.status == 1 && refused.err.contains("MTU"), "\(refused.err)")
        }

        /// Returns when `ny` sends to `ldn` by XDP.
        private func waitForHops() throws {
            try run("ping -c 1 -W 2 10.0.0.2", on: .nyA)
            let isReady = try eventually(within: 60) {
                let before = try Host.ny.sentByXDP("u0")
                _ = try Probe(from: .nyA, to: .ldnA, rate: 100, seconds: 0.1).run()
                return try Host.ny.sentByXDP("u0") > before
            }
            try #require(isReady, "no packet went by XDP")
        }
    }
}

extension Node {
    /// The lab's policy with port `p1` read by XDP.
    func xdpPolicy() throws -> PolicyText {
        try policy().replacing("ports: [p1]", with: "ports: [{interface: p1, xdp: native}]")
    }

    fileprivate var tenant: Host { self == .ny ? .nyA : .ldnA }

    fileprivate func pinned(_ program: String) -> String { "/sys/fs/bpf/shaper/v4/\(name)/programs/\(program)" }
}

/// Ends of links as XDP needs them: the senders finish their packets themselves, and the wire takes redirects. Before
/// each test both nodes have the policy in force; after it, nothing.
struct XDPEnds: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        let ends: [(host: Host, name: String, features: String, before: String)] = [
            (.nyA, "eth0", "tx off txvlan off", "tx on txvlan on"),
            (.ldnA, "eth0", "tx off txvlan off", "tx on txvlan on"),
            (.wire, "ny", "gro on", "gro off"), (.wire, "ldn", "gro on", "gro off"),
        ]
        defer {
            for node in [Node.ny, .ldn] { _ = try? node.unload() }
            for end in ends { _ = try? run("ethtool -K \(end.name) \(end.before)", on: end.host) }
        }
        for end in ends { try run("ethtool -K \(end.name) \(end.features)", on: end.host) }
        for node in [Node.ny, .ldn] { try node.apply(node.xdpPolicy()) }
        try await body()
    }
}

extension Trait where Self == XDPEnds {
    static var expressByXDP: Self { Self() }
}

extension Host {
    /// Frames that XDP has sent from an interface.
    fileprivate func sentByXDP(_ interface: String) throws -> Int {
        let lines = try run("ethtool -S \(interface)", on: self).split(separator: "\n").map { $0.split(separator: " ") }
        let counts = lines.filter { $0.first?.hasSuffix("_xdp_xmit:") == true }.compactMap { Int($0[1]) }
        guard !counts.isEmpty else { throw Absent(what: "XDP counter of \(interface)") }
        return counts.reduce(0, +)
    }
}
