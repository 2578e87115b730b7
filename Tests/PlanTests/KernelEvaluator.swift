import CBPF
import Plan
import Policy

/// What the kernel does with the tables, step for step as `enum shaper_dimension` in `bpf/shaper.h` states it.
struct KernelEvaluator {
    let classifier: Classifier
    private let prefixes: [Prefix: PrefixClass]
    private let cells: [[CellKey: BitVector]]

    private struct CellKey: Hashable {
        var dimension: Int
        var value: Int
    }

    init(_ classifier: Classifier) {
        self.classifier = classifier
        prefixes = Dictionary(uniqueKeysWithValues: classifier.prefixes.map { ($0.prefix, $0) })
        cells = classifier.ruleSets.map { set in
            Dictionary(
                uniqueKeysWithValues: set.cells.map {
                    (CellKey(dimension: Int($0.dimension), value: Int($0.value)), $0.vector)
                })
        }
    }

    /// The rule that wins, as an index into the policy's.
    func match(_ flow: FlowKey, ruleSet index: Int) -> Int? {
        let set = classifier.ruleSets[index]
        let source = longestPrefix(flow.ip?.source)
        let destination = longestPrefix(flow.ip?.destination)
        let values: [Int] = [
            flow.ip.map { Int($0.ipProtocol) } ?? Int(SHAPER_PROTO_NONE),
            source?.trustsDSCP == true && set.dims & SHAPER_RULES_TRUST.rawValue != 0
                ? Int(flow.ip!.dscp) : Int(SHAPER_DSCP_NONE),
            flow.ip?.ports.map { Int(classifier.portClasses[Int($0.source)]) } ?? 0,
            flow.ip?.ports.map { Int(classifier.portClasses[Int($0.destination)]) } ?? 0,
            Int(source?.addressClass ?? 0),
            Int(destination?.addressClass ?? 0),
        ]
        let vectors = values.enumerated().map { dimension, value in
            let used = set.dims & (1 << UInt32(dimension)) != 0
            return (used ? cells[index][CellKey(dimension: dimension, value: value)] : nil) ?? set.other[dimension]
        }

        var bits = vectors.reduce(SIMD4<UInt64>(repeating: .max)) { $0 & $1.only }
        if set.dims & SHAPER_RULES_EITHER.rawValue != 0 {
            bits &= vectors[2].either & vectors[4].either | vectors[3].either & vectors[5].either
        }
        return set.rules.indices.first { bit in
            bits[bit / 64] >> UInt64(bit % 64) & 1 == 1 && payloadHolds(set.rules[bit].payload, flow)
        }.map { set.rules[$0].rule }
    }

    private func longestPrefix(_ address: IPAddress?) -> PrefixClass? {
        guard let address else { return nil }
        for length in stride(from: 128, through: 0, by: -1) {
            let bits = UInt64(length)
            let masked = IPAddress(
                high: address.high & ~(UInt64.max >> min(bits, 64)),
                low: bits <= 64 ? 0 : address.low & ~(UInt64.max >> (bits - 64)))
            if let found = prefixes[Prefix(address: masked, length: UInt8(length))] { return found }
        }
        return nil
    }

    private func payloadHolds(_ test: Rule.PayloadTest?, _ flow: FlowKey) -> Bool {
        guard let test else { return true }
        guard let payload = flow.ip?.payload, payload.count >= Int(test.offset) + Int(test.width) else { return false }
        var value: UInt64 = 0
        for byte in payload[Int(test.offset)..<Int(test.offset) + Int(test.width)] { value = value << 8 + UInt64(byte) }
        return value >= test.atLeast
    }
}
