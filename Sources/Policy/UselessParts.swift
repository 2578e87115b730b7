import CBPF

extension PolicyParser {
    /// Warnings: parts of a policy that do nothing.
    static func warnOfUselessParts(_ policy: Policy, rules: [PlacedRule], report: Report) {
        if policy.fabric.trustDscp.isEmpty {
            for placed in rules where !placed.rule.dscps.isEmpty {
                report.warning(
                    placed.place, "the rule never matches: it wants a DSCP, and fabric.trustDscp believes nobody's",
                    remedy: "add the prefixes of hosts that set it to fabric.trustDscp")
            }
        }
        warnOfLonelySlices(policy, report: report)
        warnOfShadowedRules(rules, report: report)
    }

    private static func warnOfLonelySlices(_ policy: Policy, report: Report) {
        let shared = Set(policy.peers.flatMap(\.slices))
        for slice in policy.slices where slice.ports.count < (shared.contains(slice.name) ? 1 : 2) {
            let peers = shared.contains(slice.name) ? "peers, but no port" : "no peers and fewer than two ports"
            report.warning(
                report.place(of: .slice(slice.name)),
                "slice \(quoted(slice.name)) has \(peers): its packets go nowhere",
                remedy: "add a port, or the slice to a peer")
        }
    }

    /// The first earlier rule that matches all that a later one would, among those that can meet in one slice.
    private static func warnOfShadowedRules(_ rules: [PlacedRule], report: Report) {
        typealias Entry = (place: Int, coverage: RuleCoverage)
        var shared: [Entry] = []
        var own: [String: [Entry]] = [:]
        for (index, placed) in rules.enumerated() {
            let coverage = RuleCoverage(placed.rule)
            if coverage.isEmpty {
                report.warning(
                    placed.place, "the rule never matches: its conditions exclude each other", remedy: "remove it")
                continue
            }
            let candidates = [shared, placed.rule.slice.flatMap { own[$0] } ?? []]
            let covering = candidates.compactMap { $0.first { $0.coverage.covers(coverage) }?.place }.min()
            if let covering {
                report.warning(
                    placed.place,
                    "the rule never matches: the one on line \(rules[covering].rule.line) takes all it would",
                    remedy: "move it before that one, or remove it")
            }
            if let slice = placed.rule.slice {
                own[slice, default: []].append((index, coverage))
            } else {
                shared.append((index, coverage))
            }
        }
    }
}
