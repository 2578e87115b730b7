import Foundation
import Testing

extension EndToEnd {
    /// What a user gets who makes a mistake. The kernel never notices.
    @Suite(.carried(ny: .shaper, ldn: .shaper)) struct PolicyErrors {
        struct Mistake: CustomTestStringConvertible, Sendable {
            var part: String
            var mistake: String
            var complaint: String
            /// On the line complained about; nil: the mistake itself is.
            var place: String?
            var testDescription: String { mistake }
        }

        private static let inTheFile = [
            Mistake(part: "ceiling: 10%, dscp: EF", mistake: "ceilling: 10%, dscp: EF", complaint: "ceiling"),
            Mistake(part: "rate: 200mbit", mistake: "rate: 200", complaint: "200"),
            Mistake(part: "vni: 4202", mistake: "vni: 4201", complaint: "4201"),
            Mistake(
                part: "name: spot, vni: 4202, guarantee: 30%", mistake: "name: spot, vni: 4202, guarantee: 60%",
                complaint: "guarantee", place: "rate: 200mbit"),
            Mistake(
                part: "dscp: CS4}", mistake: "dscp: CS4, default: true}", complaint: "default", place: "name: bulk"),
            Mistake(
                part: "{class: settlement, protocol: tcp, port: 8443}",
                mistake: "{class: settlment, protocol: tcp, port: 8443}", complaint: "settlement"),
            Mistake(part: "port: 7400-7409", mistake: "port: 7409-7400", complaint: "7409"),
        ]

        @Test(arguments: inTheFile)
        func `a mistake in the file is placed, and nothing changes`(mistake: Mistake) throws {
            let policy = try Node.ny.policy().replacing(mistake.part, with: mistake.mistake)
            let lines = policy.text.split(separator: "\n", omittingEmptySubsequences: false)
            let before = try Node.ny.status().generation
            try policy.withFile { file in
                for command in ["validate", "plan", "apply"] {
                    let output = try Node.ny.shaperctl(command, file)
                    #expect(output.status == 1 && output.out.isEmpty)
                    let errors = output.err.split(separator: "\n").filter { $0.contains("error: ") }
                    #expect(!errors.isEmpty && output.err.contains(mistake.complaint), "\(output.err)")
                    // FILE:LINE:COLUMN: error: ...
                    let places = errors.compactMap { Int($0.dropFirst(file.count + 1).prefix { $0 != ":" }) }
                    #expect(places.count == errors.count, "\(output.err)")
                    let isPlaced = places.contains {
                        (1...lines.count).contains($0) && lines[$0 - 1].contains(mistake.place ?? mistake.mistake)
                    }
                    #expect(isPlaced, "\(output.err)")
                }
            }
            #expect(try Node.ny.status().generation == before)
        }

        @Test(arguments: [
            Mistake(part: "ports: [p1]", mistake: "ports: [p9]", complaint: "p9"),
            Mistake(part: "interface: u0", mistake: "interface: u9", complaint: "u9"),
            Mistake(part: "address: 192.0.2.1\n", mistake: "address: 192.0.2.9\n", complaint: "192.0.2.9"),
        ])
        func `what this machine does not have is named, and nothing changes`(mistake: Mistake) throws {
            let before = try Node.ny.status().generation
            let output = try Node.ny.tryApply(Node.ny.policy().replacing(mistake.part, with: mistake.mistake))
            #expect(output.status == 1 && output.err.contains(mistake.complaint), "\(output.err)")
            #expect(try Node.ny.status().generation == before)
            try run("ping -c 1 -W 1 10.0.0.2", on: .nyA)
        }

        @Test func `a port whose MTU the underlay cannot carry is refused`() throws {
            try run("ip link set p1 mtu 1500", on: .ny)
            defer { _ = try? run("ip link set p1 mtu 1450", on: .ny) }
            let output = try Node.ny.tryApply(Node.ny.policy())
            #expect(output.status == 1 && output.err.contains("p1") && output.err.contains("1450"), "\(output.err)")
        }

        @Test(
            arguments: [
                (["no-such-command"], 2), (["apply"], 2), (["apply", "--no-such-option", "x"], 2),
                (["class", "set", "bulk"], 2), (["apply", "--confirm", "x"], 2),
                (["apply", "--confirm-within", "2s"], 2),
                (["apply", "x", "--confirm-within", "1s"], 2), (["apply", "x", "--node", "x"], 2),
                (["apply", "--confirm", "--node", "nobody"], 1), (["apply", "--revert", "--node", "nobody"], 1),
                (["apply", "/no/such/file"], 1), (["apply", "/"], 1), (["status", "--node", "nobody"], 1),
                (["--help"], 0),
            ] as [([String], Int32)])
        func `exit codes tell used wrongly from failed`(arguments: [String], status: Int32) throws {
            let output = try attempt([Lab.shaperctl] + arguments, on: .ny)
            #expect(output.status == status)
            #expect(status == 0 || (output.out.isEmpty && !output.err.isEmpty), "complaints go to standard error")
        }

        @Test func `plan says 3 where the kernel differs, and changes nothing`() throws {
            let policy = try Node.ny.policy()
            #expect(try policy.withFile { try Node.ny.shaperctl("plan", $0).status } == 0)
            let before = try Node.ny.status().generation
            let other = try policy.replacing("guarantee: 50%", with: "guarantee: 40%")
            #expect(try other.withFile { try Node.ny.shaperctl("plan", $0).status } == 3)
            #expect(try Node.ny.status().generation == before)
        }
    }
}
