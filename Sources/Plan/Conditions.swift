import CBPF
import Policy

/// What one rule asks of one dimension, in the dimension's equivalence classes.
struct Condition {
    enum Part {
        /// Must hold for this dimension.
        case only
        /// Must hold for one end of the packet, whichever.
        case either
    }

    var dimension: Dimension
    var part: Part
    /// Sorted, apart from each other.
    var classes: [Range<Int>]

    init(_ dimension: Dimension, _ part: Part, _ classes: [Range<Int>]) {
        self.dimension = dimension
        self.part = part
        self.classes = Condition.merged(classes)
    }

    /// A rule may name overlapping ranges; sweeping over them needs each edge once.
    private static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound {
                result[result.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }
}

/// `enum shaper_dimension`.
enum Dimension: Int, CaseIterable {
    case ipProtocol, dscp, sourcePort, destinationPort, source, destination

    var bit: UInt32 { 1 << UInt32(rawValue) }
}

/// The equivalence classes of every dimension, the same for all slices of the node.
struct ClassSpace {
    let ports: PortClasses
    let prefixes: PrefixClasses

    init(_ policy: Policy) throws(PlanError) {
        ports = try PortClasses(policy.rules.lazy.flatMap { $0.ports + $0.sourcePorts + $0.destinationPorts })
        prefixes = try PrefixClasses(
            rules: policy.rules.lazy.flatMap { $0.prefixes + $0.sources + $0.destinations },
            trusted: policy.fabric.trustDscp)
    }

    func count(_ dimension: Dimension) -> Int {
        switch dimension {
        case .ipProtocol: 256
        case .dscp: Int(SHAPER_DSCP_NONE) + 1
        case .sourcePort, .destinationPort: ports.count
        case .source, .destination: prefixes.count
        }
    }

    /// Everything a rule asks for, its payload test aside; a dimension that is not named may be anything.
    func conditions(of rule: Rule) -> [Condition] {
        var result: [Condition] = []
        if let protocols = rule.protocols {
            result.append(Condition(.ipProtocol, .only, protocols.map { Int($0)..<Int($0) + 1 }))
        }
        if !rule.dscps.isEmpty {
            result.append(Condition(.dscp, .only, rule.dscps.map { Int($0)..<Int($0) + 1 }))
        }

        func ports(_ ranges: [ClosedRange<UInt16>], _ part: Condition.Part, _ dimensions: Dimension...) {
            guard !ranges.isEmpty else { return }
            let classes = ranges.map(self.ports.classes)
            for dimension in dimensions { result.append(Condition(dimension, part, classes)) }
        }
        func prefixes(_ prefixes: [Prefix], _ part: Condition.Part, _ dimensions: Dimension...) {
            guard !prefixes.isEmpty else { return }
            let classes = prefixes.map(self.prefixes.classes)
            for dimension in dimensions { result.append(Condition(dimension, part, classes)) }
        }
        ports(rule.sourcePorts, .only, .sourcePort)
        ports(rule.destinationPorts, .only, .destinationPort)
        ports(rule.ports, .either, .sourcePort, .destinationPort)
        prefixes(rule.sources, .only, .source)
        prefixes(rule.destinations, .only, .destination)
        prefixes(rule.prefixes, .either, .source, .destination)
        return result
    }
}

extension Rule {
    /// The IP protocols the rule can match; nil for all, and for frames that are not IP.
    ///
    /// A payload is UDP's, and a rule with ports can only match what has ports.
    fileprivate var protocols: Set<UInt8>? {
        let asksForPorts = !(ports.isEmpty && sourcePorts.isEmpty && destinationPorts.isEmpty)
        let possible = payload != nil ? [IPProtocol.udp] : asksForPorts ? IPProtocol.withPorts : nil
        guard let ipProtocol else { return possible }
        return possible.map { $0.intersection([ipProtocol]) } ?? [ipProtocol]
    }
}
