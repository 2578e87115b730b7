import CBPF
import Policy

/// What a rule asks of one dimension: keys, left-aligned in 128 bits.
struct Condition {
    var dimension: Dimension
    /// Sorted, apart from each other.
    var keys: [ClosedRange<UInt128>]

    init(_ dimension: Dimension, _ keys: [ClosedRange<UInt128>]) {
        self.dimension = dimension
        self.keys = Condition.merged(keys)
    }

    /// A rule may name overlapping ranges; sweeping over them needs each edge once.
    private static func merged(_ ranges: [ClosedRange<UInt128>]) -> [ClosedRange<UInt128>] {
        var result: [ClosedRange<UInt128>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, last.upperBound == .max || range.lowerBound <= last.upperBound + 1 {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }
}

/// `enum shaper_dimension`.
enum Dimension: Int, CaseIterable {
    case transport, sourcePort, source, destination, dscp
}

extension Rule {
    /// Everything the rule asks for, its payload test aside, a list for each bit it needs: where `port` or `prefix` may
    /// hold at either end, one for each end. A dimension that is not named may be anything.
    var conditions: [[Condition]] {
        let ends: [End] = ports.isEmpty && prefixes.isEmpty ? [.any] : [.source, .destination]
        return ends.map { end in
            let sourcePorts = end == .source ? both(sourcePorts, ports) : sourcePorts
            let destinationPorts = end == .destination ? both(destinationPorts, ports) : destinationPorts
            var result: [Condition] = []
            if let transport = transport(destinationPorts) { result.append(Condition(.transport, transport)) }
            if !self.sourcePorts.isEmpty || (end == .source && !ports.isEmpty) {
                result.append(Condition(.sourcePort, sourcePorts.map { Self.keys(of: $0, protocol: 0) }))
            }
            if !sources.isEmpty || (end == .source && !prefixes.isEmpty) {
                result.append(Condition(.source, addresses(sources, end == .source ? prefixes : [])))
            }
            if !destinations.isEmpty || (end == .destination && !prefixes.isEmpty) {
                result.append(Condition(.destination, addresses(destinations, end == .destination ? prefixes : [])))
            }
            if !dscps.isEmpty {
                result.append(Condition(.dscp, dscps.map { Self.block(UInt128($0), bits: 8) }))
            }
            return result
        }
    }

    /// False: the rule matches whatever is in the frame.
    var matchesOnlyIP: Bool { payload != nil || conditions.contains { !$0.isEmpty } }

    private enum End { case any, source, destination }

    /// Protocol and destination port; nil: any.
    private func transport(_ destinationPorts: [ClosedRange<UInt16>]) -> [ClosedRange<UInt128>]? {
        let asksForDestination = !self.destinationPorts.isEmpty || !destinationPorts.isEmpty
        guard let protocols else { return nil }
        return protocols.flatMap { ipProtocol in
            asksForDestination
                ? destinationPorts.map { Self.keys(of: $0, protocol: ipProtocol) }
                : [Self.block(UInt128(ipProtocol), bits: 8)]
        }
    }

    /// The IP protocols the rule can match; nil for all.
    ///
    /// A payload is UDP's, and a rule with ports can only match what has ports.
    private var protocols: Set<UInt8>? {
        let asksForPorts = !(ports.isEmpty && sourcePorts.isEmpty && destinationPorts.isEmpty)
        let possible = payload != nil ? [IPProtocol.udp] : asksForPorts ? IPProtocol.withPorts : nil
        guard let ipProtocol else { return possible }
        return possible.map { $0.intersection([ipProtocol]) } ?? [ipProtocol]
    }

    /// Ports in one of each list, where a list is not empty.
    private func both(_ left: [ClosedRange<UInt16>], _ right: [ClosedRange<UInt16>]) -> [ClosedRange<UInt16>] {
        if left.isEmpty { return right }
        if right.isEmpty { return left }
        return left.flatMap { one in right.filter { $0.overlaps(one) }.map { $0.clamped(to: one) } }
    }

    /// Addresses in one of each list, where a list is not empty.
    private func addresses(_ left: [Prefix], _ right: [Prefix]) -> [ClosedRange<UInt128>] {
        let (left, right) = (left.flatMap(\.keys), right.flatMap(\.keys))
        if left.isEmpty { return right }
        if right.isEmpty { return left }
        return left.flatMap { one in right.filter { $0.overlaps(one) }.map { $0.clamped(to: one) } }
    }

    private static func keys(of ports: ClosedRange<UInt16>, protocol ipProtocol: UInt8) -> ClosedRange<UInt128> {
        let base = UInt128(ipProtocol) << 24 | 1 << 16
        return block(base | UInt128(ports.lowerBound), bits: 32).lowerBound
            ... block(base | UInt128(ports.upperBound), bits: 32).upperBound
    }

    /// All keys that begin with these bits.
    private static func block(_ value: UInt128, bits: Int) -> ClosedRange<UInt128> {
        let start = value << UInt128(128 - bits)
        return start...(start | UInt128.max >> UInt128(bits))
    }
}

extension Prefix {
    /// Its addresses. ::/0 is every IPv6 address and no IPv4 one.
    var keys: [ClosedRange<UInt128>] {
        let start = UInt128(address.high) << 64 | UInt128(address.low)
        let all = start...(start | (length == 0 ? UInt128.max : UInt128.max >> UInt128(length)))
        guard !isIPv4, contains(.allIPv4) else { return [all] }
        let ipv4 = UInt128(0xffff) << 32...(UInt128(0xffff) << 32 | 0xffff_ffff)
        let before = all.lowerBound...ipv4.lowerBound - 1
        return ipv4.upperBound < all.upperBound ? [before, ipv4.upperBound + 1...all.upperBound] : [before]
    }
}
