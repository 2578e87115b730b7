import Testing

extension EndToEnd {
    /// A node whose underlay has four transmit queues, each with a tree of queues.
    @Suite struct Multiqueue {
        @Test func `tenants' packets go through every tree, and the trees follow the device`() throws {
            try withTransmitQueues(4) {
                try Node.ny.apply(Node.ny.policy())
                defer { _ = try? Node.ny.unload() }
                #expect(try run("tc qdisc show dev u0", on: .ny).contains("qdisc mq 5347: root"))
                #expect(try Node.ny.status().problems == [])

                let content = noise(megabytes: 1)
                for _ in 0..<16 {
                    #expect(try transfer(content, from: .nyA, to: .ldnA, at: "10.0.0.2") == content.count)
                }
                try run("ping -c 3 -i 0.05 -W 1 10.0.0.2", on: .nyB)
                let each = try (0..<4).map { try settlementPackets(tree: $0) }
                #expect(each.count { $0 > 100 } >= 3, "\(each): flows spread by their hashes")
                #expect(try Node.ny.classes().row("perp", "settlement").queue?.sent.packets == each.reduce(0, +))

                let delays = try Probe(from: .nyA, to: .ldnA, rate: 500, seconds: 1).run()
                #expect(delays.lostOnTheWay == 0)

                try run("tc filter del dev u0 parent 534a:", on: .ny)
                let problem = "differs from the policy: ~ 1 tree's filter; shaperctl reload puts it right, or a daemon"
                #expect(try Node.ny.status().problems == [problem])
                try Node.ny.apply(Node.ny.policy())
                #expect(try Node.ny.status().problems == [])

                try run("ethtool -L u0 tx 2", on: .ny)
                #expect(try !Node.ny.status().problems.isEmpty, "two trees are of queues that nobody uses")
                try Node.ny.apply(Node.ny.policy())
                #expect(try Node.ny.status().problems == [])
                #expect(try !run("tc qdisc show dev u0", on: .ny).contains("qdisc htb 534a:"))
                try run("ping -c 3 -i 0.05 -W 1 10.0.0.2", on: .nyA)
            }
        }

        @Test func `one tree serves all queues where express is more than a queue's share, and plan says why`() throws {
            // Express may be 15 Mbit/s of 190.
            try withTransmitQueues(16) {
                let policy = try Node.ny.policy()
                let note = "the 16 transmit queues of u0 share one tree of queues, and its lock"
                let planned = try policy.withFile { try attempt([Lab.shaperctl, "plan", $0], on: .ny) }
                #expect(planned.out.contains("note: \(note)"))
                try Node.ny.apply(policy)
                defer { _ = try? Node.ny.unload() }
                #expect(try run("tc qdisc show dev u0", on: .ny).contains("qdisc htb 5348: root"))
                #expect(try Node.ny.status().problems == [])
                let examined = try policy.withFile { try attempt([Lab.shaperctl, "doctor", "--policy", $0], on: .ny) }
                #expect(examined.out.contains(note))
            }
        }

        /// Packets of perp's settlement that a tree has sent.
        private func settlementPackets(tree: Int) throws -> Int {
            let major = String(0x5348 + tree, radix: 16)
            let text = try run("tc -s class show dev u0 classid \(major):102", on: .ny)
            let words = text.split(whereSeparator: \.isWhitespace)
            return try #require(words.firstIndex(of: "pkt").flatMap { Int(words[$0 - 1]) })
        }

        /// Puts a u0 of so many transmit queues in the place of ny's while `body` runs, and one like the lab's after it.
        private func withTransmitQueues(_ count: Int, _ body: () throws -> Void) throws {
            defer { _ = try? Lab.script("up") }
            try run("ip link del u0", on: .ny)
            let mac = "02:00:00:00:01:00"
            try run(
                "ip link add u0 address \(mac) numtxqueues \(count) numrxqueues \(count) type veth peer name ny",
                on: .ny)
            try run("ip link set ny netns \(Lab.prefix)wire", on: .ny)
            try run("ip link set ny master wire0 up", on: .wire)
            try run("ethtool -K u0 tx off tso off gso off gro on", on: .ny)
            try run("ethtool -K ny tx off tso off gso off gro off", on: .wire)
            try run("ip addr add 192.0.2.1/24 dev u0", on: .ny)
            try run("ip link set u0 up", on: .ny)
            try Node.ldn.apply(Node.ldn.policy())
            defer { _ = try? Node.ldn.unload() }
            try body()
        }
    }
}
