import Foundation
import Synchronization
import Testing

@testable import Control

/// Everything that runs daemons, one after the other: each of these tests waits for processes, on threads that others
/// need.
@Suite(
    .serialized,
    .enabled("needs root: it makes network namespaces") {
        // In CI they must: there the tests run, and fail, without the right.
        geteuid() == 0 || ProcessInfo.processInfo.environment["CI"] != nil
    })
enum Daemons {}

/// A network namespace with a node's interfaces, and its policy file. `remove` leaves nothing of it.
struct DaemonStage: Sendable {
    /// Of the namespace and of the node: unique on this machine.
    let name: String
    let folder: String
    var policy: String { "\(folder)/policy.yaml" }
    var socket: String { RunFolder.socket(name) }

    private static let count = Mutex(0)

    /// Runs `body` on a stage of its own.
    static func with(_ body: (DaemonStage) async throws -> Void) async throws {
        let stage = try DaemonStage()
        do {
            try await body(stage)
        } catch {
            stage.remove()
            throw error
        }
        stage.remove()
    }

    private init() throws {
        let number = Self.count.withLock {
            $0 += 1
            return $0
        }
        name = "d\(getpid() % 1_000_000)x\(number)"
        folder = FileManager.default.temporaryDirectory.appending(path: "shaper-\(name)").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try shell(
            """
            set -e
            ip netns add \(name)
            ip -n \(name) -batch - <<'END'
            link set lo up
            link add u0 type veth peer name wire
            address add 192.0.2.1/24 dev u0
            link set u0 up
            link set wire up
            link add p1 type veth peer name tenant
            link set p1 mtu 1450 up
            link set tenant mtu 1450 up
            address add 10.0.0.1/24 dev tenant
            neighbor add 10.0.0.9 lladdr 02:00:00:00:00:09 nud permanent dev tenant
            END
            """)
        try write(ceiling: "100%")
    }

    /// - Parameters:
    ///   - ceiling: of class bulk.
    ///   - rules: more lines at the file's end.
    ///   - file: nil for the policy file.
    func write(
        ceiling: String = "100%", metricsPort: Int = 9464, node: String? = nil, rules: String = "",
        to file: String? = nil
    ) throws {
        try """
        apiVersion: shaper/v1
        node: \(node ?? name)
        underlay: {interface: u0, address: 192.0.2.1, rate: 100mbit}
        classes:
          - {name: liquidation, lane: express, ceiling: 10%, dscp: EF}
          - {name: orders, guarantee: 25%, ceiling: 100%}
          - {name: bulk, ceiling: \(ceiling), default: true}
        slices:
          - {name: perp, vni: 4201, guarantee: 50%, ceiling: 100%, ports: [p1]}
        peers:
          - {name: ldn, address: 192.0.2.2, slices: [perp]}
        rules:
          - {class: liquidation, protocol: udp, port: 7001}
        \(rules)
        metrics: {listen: "127.0.0.1:\(metricsPort)"}
        """.write(toFile: file ?? policy, atomically: true, encoding: .utf8)
    }

    /// A shell command in the namespace. Not through `ip netns exec`, which hides the pins.
    @discardableResult
    func run(_ command: String) throws -> String {
        try shell("nsenter --net=/run/netns/\(name) -- bash -c \(quoted(command))")
    }

    /// A page of the daemon's HTTP server.
    func get(_ path: String, port: Int = 9464) throws -> String {
        let answer = try run(
            #"exec 3<>/dev/tcp/127.0.0.1/\#(port); printf 'GET \#(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&3; cat <&3"#
        )
        return String(answer.components(separatedBy: "\r\n\r\n").dropFirst().joined())
    }

    /// A metric's value; `series` is its name with its labels.
    func metric(_ series: String, port: Int = 9464) throws -> Double? {
        try get("/metrics", port: port).split(separator: "\n").first { $0.hasPrefix(series + " ") }
            .flatMap { Double($0.dropFirst(series.count + 1)) }
    }

    /// Packets of the tenant's default class that the kernel has counted.
    func offered() throws -> Double {
        try #require(try metric(#"shaper_class_offered_packets_total{slice="perp",class="bulk"}"#))
    }

    /// Packets of the tenant's that enter the fabric, for somebody who is not there.
    func sendSomething() throws { try run("ping -c 3 -i 0.2 -W 1 -I tenant 10.0.0.9 >/dev/null; true") }

    /// Names of what is pinned for the node.
    func pins() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: "/sys/fs/bpf/shaper/v4/\(name)").sorted()
    }

    private func remove() {
        _ = try? run("\(quoted(RunningCommand.shaperctl)) unload --node \(name) >/dev/null")
        _ = try? shell(
            """
            ip netns del \(name)
            rm -rf \(quoted(folder)) /sys/fs/bpf/shaper/v4/\(name) /run/shaper/\(name).*
            rmdir --ignore-fail-on-non-empty /sys/fs/bpf/shaper/v4 /sys/fs/bpf/shaper
            """)
    }
}

struct CommandFailure: Error { var command: String, output: String }

@discardableResult
func shell(_ command: String) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", command]
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CommandFailure(command: command, output: text) }
    return text
}

private func quoted(_ text: String) -> String { "'\(text.replacing("'", with: #"'\''"#))'" }

/// Waits for something that happens by itself, at most a minute.
func eventually(_ condition: () throws -> Bool) async throws -> Bool {
    for _ in 0..<1200 {
        if (try? condition()) == true { return true }
        try await Task.sleep(for: .milliseconds(50))
    }
    return try condition()
}
