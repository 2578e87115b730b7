import Plan
import Policy

/// What becomes of a flow in a slice, and why.
package struct Explanation: Encodable, Sendable {
    package var slice: String
    package var flow: String
    /// nil: no rule matches, so it is the default class.
    package var rule: RuleText?
    /// Earlier rules, and why each does not match.
    package var mismatches: [Mismatch]
    package var `class`: String
    package var lane: String
    package var quota: Quota
    /// Name or number; nil with `dscp: uniform` and a class without one: then it is the packet's own.
    package var outerDSCP: String?
    /// ARP goes with the node's own traffic, whatever its class, as long as there is little of it.
    package var isResolution: Bool
    /// nil: without the kernel there is no telling.
    package var destination: Destination?

    /// A rule as the file has it.
    package struct RuleText: Encodable, Sendable, Equatable {
        package var line: Int
        package var text: String
    }

    package struct Mismatch: Encodable, Sendable, Equatable {
        package var rule: RuleText
        package var reason: String
    }

    /// Bits a second.
    package struct Quota: Encodable, Sendable, Equatable {
        /// The slice has no quotas: these are the common ones.
        package var isShared: Bool
        /// Of the queue: of an express class, the queue of what is demoted.
        package var guaranteeBitsPerSecond: UInt64
        package var ceilingBitsPerSecond: UInt64
        /// Of an express class: what its policer lets pass.
        package var bucketBitsPerSecond: UInt64?
    }

    /// Where packets of the flow go.
    package struct Destination: Encodable, Sendable, Equatable {
        /// nil: not known which it is.
        package var mac: String?
        /// One port or peer where the address is known, else everywhere a copy goes.
        package var ports: [String]
        package var peers: [String]
        package var isFlooded: Bool
        package var why: String
    }
}

extension Explanation {
    /// - Parameters:
    ///   - policy: with the overrides on it.
    ///   - text: the file, for the rules' own words.
    ///   - destination: nil where the kernel is not asked.
    /// - Throws: `NodeError` where there is no such slice.
    package init(
        _ flow: FlowKey, slice name: String, policy: Policy, text: String, destination: Destination?
    ) throws {
        let slice = try policy.slice(named: name)
        let lines = RuleLines(text)
        let verdicts = policy.explain(flow, slice: name)
        let match = verdicts.last { $0.mismatch == nil }
        // The parser lets no policy pass that has no default class, and names resolve.
        let index =
            match.map { verdict in
                policy.classes.firstIndex { $0.name == policy.rules[verdict.rule].className }!
            } ?? policy.classes.firstIndex(where: \.isDefault)!
        let trafficClass = policy.classes[index]

        self.slice = name
        self.flow = flow.description
        rule = match.map { lines[policy.rules[$0.rule].line] }
        mismatches = verdicts.compactMap { verdict in
            verdict.mismatch.map { Mismatch(rule: lines[policy.rules[verdict.rule].line], reason: $0) }
        }
        self.class = trafficClass.name
        lane = trafficClass.lane.rawValue
        quota = Quota(Bandwidth(policy), slice: slice, class: index)
        let isCopied = policy.fabric.dscp == .uniform && trafficClass.dscp ?? 0 == 0
        outerDSCP = isCopied ? flow.ip.map { DSCP.name($0.dscp) } : DSCP.name(trafficClass.dscp ?? 0)
        isResolution = flow.ip == nil
        self.destination = destination
    }
}

extension Explanation.Quota {
    fileprivate init(_ bandwidth: Bandwidth, slice: Policy.Slice, class index: Int) {
        // One of the two is there: a slice without quotas makes the common subtree.
        let rates = (bandwidth.slices[slice.vni] ?? bandwidth.common)!.classes[index]
        self.init(
            isShared: !slice.hasQuota, guaranteeBitsPerSecond: rates.guarantee.bitsPerSecond,
            ceilingBitsPerSecond: rates.ceiling.bitsPerSecond, bucketBitsPerSecond: rates.bucket?.bitsPerSecond)
    }
}

extension Policy {
    package func slice(named name: String) throws(NodeError) -> Slice {
        guard let slice = slices.first(where: { $0.name == name }) else {
            let known = slices.map(\.name).joined(separator: ", ")
            throw NodeError("the policy has no slice \"\(name)\"", remedy: "it has \(known)")
        }
        return slice
    }
}

/// Rules in the file's own words.
private struct RuleLines {
    private let lines: [Substring]

    init(_ text: String) { lines = text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// The rule that begins on a line, from 1: also what follows, as long as it is further in, without comments.
    subscript(line: Int) -> Explanation.RuleText {
        guard lines.indices.contains(line - 1) else { return Explanation.RuleText(line: line, text: "") }
        func depth(_ line: Substring) -> Int { line.prefix { $0 == " " }.count }
        let first = lines[line - 1]
        let rest = lines[line...].prefix { $0.allSatisfy(\.isWhitespace) || depth($0) > depth(first) }
        let parts = ([first] + rest).map { Self.bare($0) }.filter { !$0.isEmpty }
        let text = parts.joined(separator: parts[0].hasSuffix(",") || parts[0].hasPrefix("{") ? " " : ", ")
        return Explanation.RuleText(line: line, text: text)
    }

    private static func bare(_ line: Substring) -> String {
        var text = line
        if let comment = text.firstRange(of: " #") { text = text[..<comment.lowerBound] }
        text = text.drop { $0 == " " }
        if text.hasPrefix("- ") { text = text.dropFirst(2).drop { $0 == " " } }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
