import Policy

/// The rule that decides a flow's class.
package struct RuleMatch: Sendable, Equatable {
    /// Index into `Policy.rules`.
    package var rule: Int
    /// Index into `Policy.classes`.
    package var trafficClass: Int
}

/// What one rule says to a flow.
package struct RuleVerdict: Sendable, Equatable {
    /// Index into `Policy.rules`.
    package var rule: Int
    /// The first condition that does not hold, in words; nil: the rule matches.
    package var mismatch: String?
}

/// The rules read one after the other, straight from the file: for people who ask why, and as the yardstick of the
/// compiled classifier, with which it shares nothing.
extension Policy {
    /// The first rule that matches; nil: the slice's default class it is.
    package func match(_ flow: FlowKey, slice: String) -> RuleMatch? {
        rules.firstIndex { $0.mismatch(flow, slice: slice, trusted: fabric.trustDscp) == nil }.map { rule in
            // Names resolve in a checked policy.
            RuleMatch(rule: rule, trafficClass: classes.firstIndex { $0.name == rules[rule].className }!)
        }
    }

    /// Every rule up to the one that matches, and why the others do not.
    package func explain(_ flow: FlowKey, slice: String) -> [RuleVerdict] {
        var verdicts: [RuleVerdict] = []
        for (index, rule) in rules.enumerated() {
            let mismatch = rule.mismatch(flow, slice: slice, trusted: fabric.trustDscp)
            verdicts.append(RuleVerdict(rule: index, mismatch: mismatch))
            if mismatch == nil { break }
        }
        return verdicts
    }
}

extension Rule {
    fileprivate func mismatch(_ flow: FlowKey, slice: String, trusted: [Prefix]) -> String? {
        if let own = self.slice, own != slice { return "it is for slice \(own)" }
        guard asksForIP else { return nil }
        guard let ip = flow.ip else { return "the frame is not IP" }
        return protocolMismatch(ip) ?? portMismatch(ip) ?? prefixMismatch(ip) ?? sameEndMismatch(ip)
            ?? dscpMismatch(ip, trusted: trusted) ?? payloadMismatch(ip)
    }

    private var asksForPorts: Bool { !(ports.isEmpty && sourcePorts.isEmpty && destinationPorts.isEmpty) }

    private var asksForIP: Bool {
        ipProtocol != nil || asksForPorts || !prefixes.isEmpty || !sources.isEmpty || !destinations.isEmpty
            || !dscps.isEmpty || payload != nil
    }

    private func protocolMismatch(_ ip: FlowKey.IP) -> String? {
        if let ipProtocol, ipProtocol != ip.ipProtocol {
            return "the protocol is \(IPProtocol.name(ip.ipProtocol)), not \(IPProtocol.name(ipProtocol))"
        }
        return nil
    }

    private func portMismatch(_ ip: FlowKey.IP) -> String? {
        guard asksForPorts else { return nil }
        guard let found = ip.ports else { return "the packet has no ports" }
        if !sourcePorts.isEmpty, !sourcePorts.contains(port: found.source) {
            return "the source port \(found.source) is not in \(sourcePorts.text)"
        }
        if !destinationPorts.isEmpty, !destinationPorts.contains(port: found.destination) {
            return "the destination port \(found.destination) is not in \(destinationPorts.text)"
        }
        if !ports.isEmpty, !ports.contains(port: found.source), !ports.contains(port: found.destination) {
            return "neither port, \(found.source) nor \(found.destination), is in \(ports.text)"
        }
        return nil
    }

    private func prefixMismatch(_ ip: FlowKey.IP) -> String? {
        if !sources.isEmpty, !sources.contains(address: ip.source) {
            return "the source \(ip.source) is not in \(sources.text)"
        }
        if !destinations.isEmpty, !destinations.contains(address: ip.destination) {
            return "the destination \(ip.destination) is not in \(destinations.text)"
        }
        if !prefixes.isEmpty, !prefixes.contains(address: ip.source), !prefixes.contains(address: ip.destination) {
            return "neither address, \(ip.source) nor \(ip.destination), is in \(prefixes.text)"
        }
        return nil
    }

    /// `port` and `prefix` together must hold at one and the same end.
    private func sameEndMismatch(_ ip: FlowKey.IP) -> String? {
        guard !ports.isEmpty, !prefixes.isEmpty, let found = ip.ports else { return nil }
        let atSource = ports.contains(port: found.source) && prefixes.contains(address: ip.source)
        let atDestination = ports.contains(port: found.destination) && prefixes.contains(address: ip.destination)
        return atSource || atDestination ? nil : "the port of \(ports.text) is not at the end in \(prefixes.text)"
    }

    private func dscpMismatch(_ ip: FlowKey.IP, trusted: [Prefix]) -> String? {
        guard !dscps.isEmpty else { return nil }
        guard trusted.contains(address: ip.source) else {
            return "the DSCP is not believed: \(ip.source) is not in trustDscp"
        }
        guard dscps.contains(ip.dscp) else {
            return "the DSCP is \(DSCP.name(ip.dscp)), not \(dscps.map(DSCP.name).joined(separator: ", "))"
        }
        return nil
    }

    private func payloadMismatch(_ ip: FlowKey.IP) -> String? {
        guard let payload else { return nil }
        let field = "the payload's \(payload.width) bytes at \(payload.offset)"
        let bytes = ip.payload.dropFirst(Int(payload.offset)).prefix(Int(payload.width))
        guard ip.ipProtocol == 17 else { return "only UDP's payload is looked at" }
        guard bytes.count == Int(payload.width) else { return "\(field) are not there" }
        let value = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return value >= payload.atLeast ? nil : "\(field) are \(value), less than \(payload.atLeast)"
    }
}

extension [ClosedRange<UInt16>] {
    fileprivate func contains(port: UInt16) -> Bool { contains { $0.contains(port) } }

    fileprivate var text: String {
        map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ", ")
    }
}

extension [Prefix] {
    fileprivate func contains(address: IPAddress) -> Bool { contains { $0.matches(address) } }

    fileprivate var text: String { map { "\($0)" }.joined(separator: ", ") }
}
