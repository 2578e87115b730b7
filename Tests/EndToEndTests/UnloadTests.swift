import Foundation
import Testing

extension EndToEnd {
    @Suite struct Unload {
        @Test(arguments: ["tcx", "clsact"])
        func `unload leaves no trace`(mechanism: String) throws {
            let before = try traces()
            try Node.ny.apply(Node.ny.policy(), "--attach", mechanism)
            #expect(try traces() != before, "an apply that left nothing to remove would prove nothing")
            try Node.ny.unload()
            #expect(try traces() == before)
        }

        /// Everything an apply touches, as text.
        private func traces() throws -> String {
            let commands = [
                "ip -d link", "ip addr", "tc qdisc", "tc filter show dev u0 egress", "tc filter show dev p1 ingress",
                "ethtool -k u0", "ethtool -k p1",
            ]
            let ofNetwork = try commands.map { try run($0, on: .ny) }
            let ofFiles = ["/sys/fs/bpf/shaper", "/run/shaper"].map { folder in
                let files = FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []
                return files.filter { $0.contains(Node.ny.name) }.sorted().joined(separator: "\n")
            }
            return (ofNetwork + ofFiles).joined(separator: "\n")
        }
    }
}
