import CBPF
import Glibc

/// Where a node's maps, programs and links stay when the controller goes: `/sys/fs/bpf/shaper/v<ABI>/<node>/`.
package struct PinFolder: Sendable {
    package let node: String
    package let path: String

    static let mountPoint = "/sys/fs/bpf"
    static let root = "\(mountPoint)/shaper"

    package init(node: String) {
        self.node = node
        path = "\(Self.root)/v\(SHAPER_ABI)/\(node)"
    }

    var maps: String { "\(path)/maps" }
    var programs: String { "\(path)/programs" }
    var links: String { "\(path)/links" }

    /// Tells the maps from others pinned in their place later; nil: there are none.
    var mapsIdentity: UInt64? {
        var facts = stat()
        return stat("\(maps)/meta", &facts) == 0 ? UInt64(facts.st_ino) : nil
    }

    package var exists: Bool { access(path, F_OK) == 0 }

    /// Nodes of any version that left something pinned here, as (version, node).
    package static func nodes() -> [(version: String, node: String)] {
        entries(of: root).flatMap { version in entries(of: "\(root)/\(version)").map { (version, $0) } }
    }

    /// What another version has pinned for this node; its programs are attached as well.
    var ofOtherVersion: String? {
        Self.nodes().first { $0.node == node && $0.version != "v\(SHAPER_ABI)" }.map {
            "\(Self.root)/\($0.version)/\(node)"
        }
    }

    /// Makes the folders, and mounts the BPF file system where nobody has yet.
    func create() throws(KernelError) {
        if !Self.isMounted {
            guard mount("bpf", Self.mountPoint, "bpf", 0, "mode=0700") == 0 else {
                throw KernelError(operation: "mount", subject: Self.mountPoint, errno: errno)
            }
        }
        for folder in [Self.root, "\(Self.root)/v\(SHAPER_ABI)", path, maps, programs, links] {
            guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
                throw KernelError(operation: "make", subject: folder, errno: errno)
            }
        }
    }

    /// Removes every pin of the node. What they held goes with the last user.
    func remove() {
        for folder in [links, programs, maps] {
            for entry in Self.entries(of: folder) { unlink("\(folder)/\(entry)") }
            rmdir(folder)
        }
        for folder in [path, "\(Self.root)/v\(SHAPER_ABI)", Self.root] { rmdir(folder) }
    }

    static var isMounted: Bool {
        var facts = statfs()
        return statfs(mountPoint, &facts) == 0 && facts.f_type == 0xCAFE_4A11
    }

    static func entries(of folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
