import FoundationEssentials
import SystemPackage

/// Network namespaces by the number the kernel gives them, as in `net:[4026531840]`.
package enum NetworkNamespace {
    /// This process's.
    package static var current: UInt64 { number("/proc/self/ns/net") ?? 0 }

    /// A file by which one can enter the namespace: its name under /run/netns, or that of a process in it. nil: it is
    /// gone.
    static func path(of namespace: UInt64) -> String? {
        let names = entries("/run/netns").map { "/run/netns/\($0)" }
        let processes = entries("/proc").filter { $0.allSatisfy(\.isNumber) }.map { "/proc/\($0)/ns/net" }
        return (names + processes).first { number($0) == namespace }
    }

    private static func number(_ path: String) -> UInt64? {
        (try? Stat(FilePath(path))).map { UInt64($0.inode.rawValue) }
    }

    private static func entries(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }
}

extension Node {
    /// - Throws: where the node lives in another network namespace than this process's.
    func checkNotElsewhere() throws {
        guard let applied = try? AppliedPolicy.load(name), applied.network != NetworkNamespace.current,
            let path = NetworkNamespace.path(of: applied.network)
        else { return }
        throw NodeError(
            "node \(name) is in another network namespace", remedy: "nsenter --net=\(path) shaperctl ...")
    }
}
