import Foundation

extension Node {
    /// Parts of what `status --json` says.
    struct Status: Decodable {
        var generation: Int
        var daemon: DaemonState
        var hooks: [Hook]
        var slices: [Slice]
        /// How the kernel differs from the policy.
        var problems: [String]
        private var drops: [Drop]

        struct DaemonState: Decodable {
            /// nil unless one runs.
            var pid: pid_t?
        }

        struct Hook: Decodable, Hashable {
            var program: String
            var interface: String
            var state: String
        }

        struct Slice: Decodable {
            var name: String
            var learnedAddresses: Int
        }

        private struct Drop: Decodable {
            var reason: String
            var packets: Int
        }

        /// Packets dropped for a reason.
        func drops(_ reason: String) throws -> Int {
            guard let drop = drops.first(where: { $0.reason == reason }) else { throw Absent(what: "reason \(reason)") }
            return drop.packets
        }
    }

    func status() throws -> Status { try read(Status.self, "status") }

    /// Parts of what `class list --json` says.
    struct Classes: Decodable {
        private var classes: [Row]

        struct Row: Decodable {
            var slice: String
            var `class`: String
            var queue: Queue?
            var ceilingOverridden: Bool
            var offered: Traffic
            var express: Traffic
            var demoted: Traffic
        }

        struct Queue: Decodable {
            var guaranteeBitsPerSecond: Int
            var ceilingBitsPerSecond: Int
            var sent: Traffic
            var droppedPackets: Int
        }

        struct Traffic: Decodable {
            var packets: Int
            var bytes: Int
        }

        func row(_ slice: String, _ name: String) throws -> Row {
            guard let row = classes.first(where: { $0.slice == slice && $0.class == name }) else {
                throw Absent(what: "class \(name) of \(slice)")
            }
            return row
        }
    }

    func classes() throws -> Classes { try read(Classes.self, "class", "list") }

    private func read<Value: Decodable>(_ type: Value.Type, _ command: String...) throws -> Value {
        let text = try run([Lab.shaperctl] + command + ["--node", name, "--json"], on: host)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(text.utf8))
    }
}
