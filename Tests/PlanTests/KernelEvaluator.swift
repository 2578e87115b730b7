import CBPF
import Plan
import Policy

/// What the kernel does with the tables, step for step as `enum shaper_dimension` in `bpf/shaper.h` states it.
struct KernelEvaluator {
    let classifier: Classifier

    init(_ classifier: Classifier) { self.classifier = classifier }

    /// The class, as an index into the policy's.
    func trafficClass(_ flow: FlowKey, ruleSet index: Int) -> Int {
        let set = classifier.ruleSets[index]
        guard flow.ip != nil else { return set.notIPClass }
        let rule = match(flow, ruleSet: index)
        return set.bits.first { $0.rule == rule }?.trafficClass ?? set.fallback
    }

    /// The rule that wins, as an index into the policy's; nil for frames that are not IP: they are not searched for.
    func match(_ flow: FlowKey, ruleSet index: Int) -> Int? {
        let set = classifier.ruleSets[index]
        guard let ip = flow.ip else { return nil }
        let hasPorts: UInt128 = ip.ports == nil ? 0 : 1 << 16
        let source = walk(set.roots[2], ip.source.key)
        let isTrusted = source & SHAPER_REF_TRUST.rawValue != 0
        let ends = [
            walk(set.roots[0], (UInt128(ip.ipProtocol) << 24 | hasPorts | UInt128(ip.ports?.destination ?? 0)) << 96),
            walk(set.roots[1], (hasPorts | UInt128(ip.ports?.source ?? 0)) << 96),
            source,
            walk(set.roots[3], ip.destination.key),
            walk(set.roots[4], UInt128(isTrusted ? ip.dscp : UInt8(SHAPER_DSCP_NONE)) << 120),
        ]
        var left = BitVector(repeating: .max)
        for (root, end) in zip(set.roots, ends) where root != 0 { left &= cell(end) }
        return set.bits.indices.first { bit in
            left[bit / 64] >> UInt64(bit % 64) & 1 == 1 && payloadHolds(set.bits[bit].payload, flow)
        }.map { set.bits[$0].rule }
    }

    /// The steps that a walk for the key takes; for tests of what look-ups cost.
    func steps(from root: Reference, _ key: UInt128) -> Int { path(root, key).count - 1 }

    private func walk(_ root: Reference, _ key: UInt128) -> Reference { path(root, key).last! }

    private func path(_ root: Reference, _ key: UInt128) -> [Reference] {
        var path = [root]
        while let next = step(path.last!, key) {
            path.append(next)
            precondition(path.count <= SHAPER_REF_STEPS.rawValue + 1)
        }
        return path
    }

    /// nil: it was a leaf.
    private func step(_ reference: Reference, _ key: UInt128) -> Reference? {
        let cell = cell(reference)
        if reference & SHAPER_REF_BRANCH.rawValue != 0 {
            let nibble = UInt128(reference >> SHAPER_REF_NIBBLE_SHIFT.rawValue & 31)
            let way = Int(key >> (124 - nibble * 4) & 15)
            return Reference(truncatingIfNeeded: cell[way / 2] >> UInt64(way % 2 * 32))
        }
        guard reference & SHAPER_REF_TEST.rawValue != 0 else { return nil }
        let value = UInt128(cell[0]) << 64 | UInt128(cell[1]), mask = UInt128(cell[2]) << 64 | UInt128(cell[3])
        return Reference(truncatingIfNeeded: (key ^ value) & mask == 0 ? cell[4] : cell[4] >> 32)
    }

    private func cell(_ reference: Reference) -> Cell {
        classifier.cells[Int(reference & UInt32(SHAPER_REF_CELL.rawValue))]
    }

    private func payloadHolds(_ test: Rule.PayloadTest?, _ flow: FlowKey) -> Bool {
        guard let test else { return true }
        guard let payload = flow.ip?.payload, payload.count >= Int(test.offset) + Int(test.width) else { return false }
        var value: UInt64 = 0
        for byte in payload[Int(test.offset)..<Int(test.offset) + Int(test.width)] { value = value << 8 + UInt64(byte) }
        return value >= test.atLeast
    }
}

extension IPAddress {
    fileprivate var key: UInt128 { UInt128(high) << 64 | UInt128(low) }
}
