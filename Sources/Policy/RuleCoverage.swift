/// What a rule matches, as the union of at most two boxes: in each, every dimension is a set of its own. A rule with
/// either-end parts has one box for each end, so that covering is decided box by box.
struct RuleCoverage {
    private let boxes: [Box]

    init(_ rule: Rule) {
        let ends: [(source: Bool, destination: Bool)] =
            rule.ports.isEmpty && rule.prefixes.isEmpty ? [(false, false)] : [(true, false), (false, true)]
        boxes = ends.compactMap { Box(rule, eitherAtSource: $0.source, eitherAtDestination: $0.destination) }
    }

    /// Its own conditions exclude each other.
    var isEmpty: Bool { boxes.isEmpty }

    /// Surely matches whatever the other does. (A rule covered only by several together is not found.)
    func covers(_ other: RuleCoverage) -> Bool {
        other.boxes.allSatisfy { box in boxes.contains { $0.covers(box) } }
    }
}

private struct Box {
    /// First, since most pairs of rules differ here: comparing the bounds costs no walk over lists.
    let bounds: Bounds
    /// Sorted and joined; empty for any, packets without ports included.
    let sourcePorts: [ClosedRange<UInt16>]
    let destinationPorts: [ClosedRange<UInt16>]
    /// Empty for any.
    let sources: [Prefix]
    let destinations: [Prefix]
    /// Bit per DSCP; 0 for any, none included.
    let dscps: UInt64
    let payload: Rule.PayloadTest?

    /// nil if nothing can match.
    init?(_ rule: Rule, eitherAtSource: Bool, eitherAtDestination: Bool) {
        guard let sourcePorts = intersection(rule.sourcePorts, eitherAtSource ? rule.ports : [], commonPorts),
            let destinationPorts = intersection(
                rule.destinationPorts, eitherAtDestination ? rule.ports : [], commonPorts),
            let sources = intersection(rule.sources, eitherAtSource ? rule.prefixes : [], longerPrefix),
            let destinations = intersection(rule.destinations, eitherAtDestination ? rule.prefixes : [], longerPrefix)
        else { return nil }
        self.sourcePorts = joined(sourcePorts)
        self.destinationPorts = joined(destinationPorts)
        self.sources = sources
        self.destinations = destinations
        dscps = rule.dscps.reduce(0) { $0 | 1 << UInt64($1) }
        payload = rule.payload
        bounds = Bounds(rule.ipProtocol, sourcePorts: self.sourcePorts, destinationPorts: self.destinationPorts)
    }

    func covers(_ other: Box) -> Bool {
        bounds.cover(other.bounds)
            && (dscps == 0 || other.dscps != 0 && other.dscps & ~dscps == 0)
            && coverPorts(destinationPorts, other.destinationPorts)
            && coverPorts(sourcePorts, other.sourcePorts)
            && coverPrefixes(destinations, other.destinations)
            && coverPrefixes(sources, other.sources)
            && coversPayload(of: other)
    }

    private func coversPayload(of other: Box) -> Bool {
        guard let payload else { return true }
        guard let test = other.payload else { return false }
        return payload.offset == test.offset && payload.width == test.width && payload.atLeast <= test.atLeast
    }
}

/// Numbers only: the protocol and the outermost ports.
private struct Bounds {
    /// 256 for any; 257 for those with ports.
    private let ipProtocol: UInt16
    private let lowSource: UInt16
    private let highSource: UInt16
    private let lowDestination: UInt16
    private let highDestination: UInt16

    init(_ ipProtocol: UInt8?, sourcePorts: [ClosedRange<UInt16>], destinationPorts: [ClosedRange<UInt16>]) {
        let hasPorts = !sourcePorts.isEmpty || !destinationPorts.isEmpty
        self.ipProtocol = ipProtocol.map(UInt16.init) ?? (hasPorts ? 257 : 256)
        lowSource = sourcePorts.first?.lowerBound ?? 0
        highSource = sourcePorts.last?.upperBound ?? .max
        lowDestination = destinationPorts.first?.lowerBound ?? 0
        highDestination = destinationPorts.last?.upperBound ?? .max
    }

    func cover(_ other: Bounds) -> Bool {
        lowDestination <= other.lowDestination && highDestination >= other.highDestination
            && lowSource <= other.lowSource && highSource >= other.highSource
            && (ipProtocol == other.ipProtocol || ipProtocol == 256
                || ipProtocol == 257 && (other.ipProtocol == 6 || other.ipProtocol == 17 || other.ipProtocol == 132))
    }
}

/// What two lists have in common, where an empty list stands for everything; nil if nothing.
private func intersection<Part>(_ left: [Part], _ right: [Part], _ common: (Part, Part) -> Part?) -> [Part]? {
    if left.isEmpty || right.isEmpty { return left + right }
    let parts = left.flatMap { part in right.compactMap { common(part, $0) } }
    return parts.isEmpty ? nil : parts
}

private func commonPorts(_ left: ClosedRange<UInt16>, _ right: ClosedRange<UInt16>) -> ClosedRange<UInt16>? {
    left.overlaps(right) ? left.clamped(to: right) : nil
}

private func longerPrefix(_ left: Prefix, _ right: Prefix) -> Prefix? {
    if left.contains(right) { return right }
    return right.contains(left) ? left : nil
}

/// Sorted, and ranges that touch made one.
private func joined(_ ranges: [ClosedRange<UInt16>]) -> [ClosedRange<UInt16>] {
    guard ranges.count > 1 else { return ranges }
    var joined: [ClosedRange<UInt16>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
        if let last = joined.last, Int(range.lowerBound) <= Int(last.upperBound) + 1 {
            joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
        } else {
            joined.append(range)
        }
    }
    return joined
}

private func coverPorts(_ all: [ClosedRange<UInt16>], _ part: [ClosedRange<UInt16>]) -> Bool {
    if all.isEmpty { return true }
    return !part.isEmpty && part.allSatisfy { range in all.contains { $0.contains(range) } }
}

/// A prefix of IPv6 is not taken to cover one of IPv4, although its IPv6 form may lie in it.
private func coverPrefixes(_ all: [Prefix], _ part: [Prefix]) -> Bool {
    if all.isEmpty { return true }
    return !part.isEmpty
        && part.allSatisfy { prefix in
            all.contains { $0.address.isIPv4 == prefix.address.isIPv4 && $0.contains(prefix) }
        }
}
