import Datapath
import FoundationEssentials
import Policy
import SystemPackage

/// What is known of groups, folders and files that a policy names. Plain values, so that the judgement of them can be
/// tested anywhere.
package struct OutsideFacts: Sendable, Equatable {
    /// Those that exist.
    package var groups: Set<String>
    package var folders: Set<String>
    package var files: Set<String>

    package init(groups: Set<String> = [], folders: Set<String> = [], files: Set<String> = []) {
        self.groups = groups
        self.folders = folders
        self.files = files
    }

    package static func read(_ policy: Policy) -> OutsideFacts {
        var facts = OutsideFacts()
        if let group = policy.signals?.group, Group.number(of: group) != nil { facts.groups.insert(group) }
        for feed in policy.volatility?.feeds ?? [] {
            switch feed.source {
            case .unixSocket(let path):
                if exists(folder(of: path), isFolder: true) { facts.folders.insert(folder(of: path)) }
            case .file(let path):
                if exists(path, isFolder: false) { facts.files.insert(path) }
            case .webSocket, .standardInput: break
            }
        }
        return facts
    }

    static func folder(of path: String) -> String { FilePath(path).removingLastComponent().string }

    private static func exists(_ path: String, isFolder: Bool) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory == isFolder
    }
}
