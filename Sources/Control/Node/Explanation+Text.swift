import Policy

extension Explanation: Readout {
    package var text: String {
        var fields: [(name: String, text: String)] = [
            ("flow", "\(flow) in slice \(slice)"),
            ("rule", rule.map { "line \($0.line): \($0.text)" } ?? "none matches: the default class"),
            ("class", "\(self.class), \(lane) lane, outer DSCP \(outerDSCP ?? "as inside")"),
            ("quota", quota.text),
        ]
        if isResolution { fields.append(("but", "ARP goes with the node's own traffic, up to the slice's flood rate")) }
        if let destination { fields.append(("goes to", destination.text)) }
        let reasons = mismatches.map { "line \($0.rule.line): \($0.reason)" }
        if !reasons.isEmpty { fields.append(("not by", reasons.joined(separator: "\n"))) }
        return textFields(fields)
    }
}

extension Explanation.Quota {
    fileprivate var text: String {
        func rate(_ bits: UInt64) -> String { BitRate(bitsPerSecond: bits).shortText }
        let queue = "guaranteed \(rate(guaranteeBitsPerSecond)), at most \(rate(ceilingBitsPerSecond))"
        let whose = isShared ? "; shared by all slices without guarantee and ceiling" : ""
        guard let bucketBitsPerSecond else { return queue + whose }
        return "\(rate(bucketBitsPerSecond)) ahead of every queue; more than that waits in a queue \(queue)" + whose
    }
}

extension Explanation.Destination {
    fileprivate var text: String {
        let places = peers.map { "peer \($0)" } + ports.map { "port \($0)" }
        let to = places.isEmpty ? "nowhere" : places.joined(separator: ", ")
        return (mac.map { "\($0) at " } ?? "") + to + "; " + why
    }
}
