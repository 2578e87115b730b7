import Foundation
import Testing

extension EndToEnd {
    /// What an apply puts into the kernel, and what an unload takes out.
    @Suite struct Unload {
        @Test(.expressByXDP, arguments: ["tcx", "clsact"], [false, true])
        func `unload leaves no trace`(mechanism: String, hasXDP: Bool) throws {
            try Node.ny.unload()
            let before = try traces()
            try Node.ny.apply(hasXDP ? Node.ny.xdpPolicy() : Node.ny.policy(), "--attach", mechanism)
            #expect(try traces() != before, "an apply that left nothing to remove would prove nothing")
            try Node.ny.unload()
            let after = try traces()
            #expect(after.subtracting(before).sorted() == [] && before.subtracting(after).sorted() == [])
            #expect(try Node.ny.unload().contains("nothing"))
        }

        @Test func `packets flow with clsact filters as they do with links`() throws {
            for node in [Node.ny, .ldn] { try node.apply(node.policy(), "--attach", "clsact") }
            defer { for node in [Node.ny, .ldn] { _ = try? node.unload() } }
            #expect(try run("tc filter show dev p1 ingress", on: .ny).contains("port_ingress"))
            let content = noise(megabytes: 4)
            for address in ["10.0.0.2", "fd00::2"] {
                #expect(try transfer(content, from: .nyA, to: .ldnA, at: address) == content.count)
                try run("ping -c 3 -i 0.05 -W 1 \(address)", on: .nyB)
            }
        }

        @Test func `somebody else's filter is neither used up nor removed`() throws {
            try run("tc qdisc replace dev p1 clsact", on: .ny)
            defer { _ = try? run("tc qdisc del dev p1 clsact", on: .ny) }
            try run("tc filter add dev p1 ingress pref 7 protocol 0x88b6 u32 match u32 0 0 flowid 1:1", on: .ny)
            let before = try run("tc filter show dev p1 ingress", on: .ny)
            try Node.ny.apply(Node.ny.policy(), "--attach", "clsact")
            defer { _ = try? Node.ny.unload() }
            #expect(try run("tc filter show dev p1 ingress", on: .ny).contains(before))
            try Node.ny.unload()
            #expect(try run("tc filter show dev p1 ingress", on: .ny) == before)
        }

        @Test func `somebody else's root qdisc is left alone until --replace-qdisc`() throws {
            try run("tc qdisc add dev u0 root handle 7: tbf rate 1gbit burst 100kb latency 10ms", on: .ny)
            defer { _ = try? run("tc qdisc del dev u0 root", on: .ny) }
            let before = try traces()
            let refused = try Node.ny.tryApply(Node.ny.policy())
            #expect(refused.status == 1 && refused.err.contains("--replace-qdisc"))
            #expect(try traces() == before, "a refused apply changes nothing")
            try Node.ny.apply(Node.ny.policy(), "--replace-qdisc")
            defer { _ = try? Node.ny.unload() }
            #expect(try run("tc qdisc show dev u0", on: .ny).contains("qdisc htb 5348:"))
        }

        /// Everything an apply touches, as lines.
        private func traces() throws -> Set<String> {
            let commands = [
                "ip -d link", "ip addr", "tc qdisc", "tc filter show dev u0 egress", "tc filter show dev p1 ingress",
                "ethtool -k u0", "ethtool -k p1", "ip neigh show nud permanent", "ip neigh show nud noarp",
            ]
            let lines = try commands.flatMap { command in
                try run(command, on: .ny).split(separator: "\n").map { "\(command): \($0)" }
            }
            let files = ["/sys/fs/bpf/shaper", "/run/shaper"].flatMap { folder in
                let all = FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []
                return all.filter { $0.contains(Node.ny.name) }.map { "\(folder)/\($0)" }
            }
            // Others may have begun to use a clsact qdisc, and go with it: an empty one stays.
            return Set(lines + files).filter { !$0.hasPrefix("tc qdisc: qdisc clsact") }
        }
    }
}
