import Policy

extension Finding {
    /// The judgement of what a policy names outside of the network.
    package static func all(_ facts: OutsideFacts, _ policy: Policy) -> [Finding] {
        signals(facts, policy) + feeds(facts, policy.volatility?.feeds ?? [])
    }

    private static func signals(_ facts: OutsideFacts, _ policy: Policy) -> [Finding] {
        guard let group = policy.signals?.group else { return [] }
        return [
            facts.groups.contains(group)
                ? .ok("signals", "root and the group \(group) may signal")
                : .warning(
                    "signals", "there is no group \(group): only root may signal",
                    "groupadd --system \(group), or correct signals.group")
        ]
    }

    private static func feeds(_ facts: OutsideFacts, _ feeds: [Volatility.Feed]) -> [Finding] {
        guard !feeds.isEmpty else { return [] }
        let missing = feeds.compactMap { place(facts, $0) }
        return missing.isEmpty ? [.ok("feeds", "every folder and file that they name is there")] : missing
    }

    /// nil: it is there.
    private static func place(_ facts: OutsideFacts, _ feed: Volatility.Feed) -> Finding? {
        switch feed.source {
        case .unixSocket(let path):
            let folder = OutsideFacts.folder(of: path)
            // The daemon makes its own.
            if facts.folders.contains(folder) || folder == RunFolder.path { return nil }
            return .warning(
                "feeds", "\(feed.name): there is no folder \(folder) for its socket",
                "mkdir -p \(folder), or correct the policy")
        case .file(let path):
            if facts.files.contains(path) { return nil }
            return .warning(
                "feeds", "\(feed.name): there is no file \(path)",
                "have it written: it is read from its beginning when it is there; or correct the policy")
        case .webSocket, .standardInput: return nil
        }
    }
}
