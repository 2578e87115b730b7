import Foundation
import Testing

/// A host of the lab. Each is a network namespace; `Scripts/lab` draws the map.
enum Host: String, Sendable {
    case wire
    case ny, ldn
    case nyA = "ny-a"
    case nyB = "ny-b"
    case ldnA = "ldn-a"
    case ldnB = "ldn-b"

    var namespacePath: String { "/run/netns/\(Lab.prefix)\(rawValue)" }
}

/// The stage of these tests: `Scripts/lab` under a prefix of its own, so that a lab that is up for other reasons
/// stays untouched.
enum Lab {
    static let prefix = ProcessInfo.processInfo.environment["LAB_PREFIX"] ?? "e2-"

    private static let root = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL.path

    @discardableResult
    static func script(_ arguments: String...) throws -> String {
        try run(["env", "LAB_PREFIX=\(prefix)", "\(root)/Scripts/lab"] + arguments, within: 240)
    }

    /// The folder of the programs under test: that of the tests themselves, unless `SHAPER_BIN` names another.
    static let binaries =
        ProcessInfo.processInfo.environment["SHAPER_BIN"]
        ?? URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path

    static var shaperctl: String { "\(binaries)/shaperctl" }
    static var labProbe: String { "\(binaries)/lab-probe" }
}

/// Raises the lab before the suite, and takes it down after it whatever happened.
struct LabIsUp: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        try Lab.script("up")
        do { try await body() } catch {
            try Lab.script("down")
            throw error
        }
        try Lab.script("down")
    }
}

/// What carries a node's slices.
enum Carrier: Sendable {
    case shaper
    /// The kernel's own VXLAN devices, and a bridge for each slice.
    case kernel
}

/// Puts carriers on both nodes, and takes them off after `body`.
func carried<Result>(ny: Carrier, ldn: Carrier, _ body: () throws -> Result) throws -> Result {
    let carriers = [(Node.ny, ny), (.ldn, ldn)]
    defer { for (node, carrier) in carriers { node.drop(carrier) } }
    for (node, carrier) in carriers { try node.take(carrier) }
    return try body()
}

/// `carried` around a suite.
struct Carried: SuiteTrait, TestScoping {
    let carriers: [(Node, Carrier)]

    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        defer { for (node, carrier) in carriers { node.drop(carrier) } }
        for (node, carrier) in carriers { try node.take(carrier) }
        try await body()
    }
}

extension Node {
    fileprivate func take(_ carrier: Carrier) throws {
        switch carrier {
        case .shaper: try apply(policy())
        case .kernel: try Lab.script("baseline", "up", rawValue)
        }
    }

    fileprivate func drop(_ carrier: Carrier) {
        switch carrier {
        case .shaper: _ = try? unload()
        case .kernel: _ = try? Lab.script("baseline", "down", rawValue)
        }
    }
}

extension Trait where Self == LabIsUp {
    static var labIsUp: Self { Self() }
}

extension Trait where Self == Carried {
    static func carried(ny: Carrier, ldn: Carrier) -> Self { Self(carriers: [(.ny, ny), (.ldn, ldn)]) }
}

/// Everything that happens in the lab, one after the other: the machine has one set of cores.
@Suite(
    .serialized, .labIsUp, .timeLimit(.minutes(30)),
    .enabled("needs root, to make network namespaces") {
        // In CI a test that cannot run has failed.
        geteuid() == 0 || ProcessInfo.processInfo.environment["CI"] != nil
    })
enum EndToEnd {}
