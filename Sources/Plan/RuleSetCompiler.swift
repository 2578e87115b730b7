import CBPF
import Policy

/// Turns lists of rules into the vectors the kernel ANDs together.
///
/// The work for a rule set grows with the edges of its own rules' ranges alone, not with the classes of the node:
/// thousands of slices with a few rules each compile in milliseconds.
struct RuleSetCompiler {
    private let counts: [Int]
    /// Of each rule of the policy, once for all the slices it applies to.
    private let conditions: [[Condition]]
    private let compiled: [CompiledRule]

    init(_ policy: Policy, _ space: ClassSpace) {
        counts = Dimension.allCases.map(space.count)
        conditions = policy.rules.map(space.conditions)
        let classes = Dictionary(
            policy.classes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        compiled = policy.rules.enumerated().map { index, rule in
            // Names resolve in a checked policy.
            CompiledRule(rule: index, trafficClass: classes[rule.className]!, payload: rule.payload)
        }
    }

    /// - Parameters:
    ///   - rules: indices into the policy's rules, at most `SHAPER_MAX_SLICE_RULES`, in file order.
    ///   - room: cells there may be at most.
    /// - Returns: nil if it needs more.
    func ruleSet(_ rules: [Int], room: Int) -> RuleSet? {
        var sweeps = Dimension.allCases.map { _ in Sweep(rules: rules.count) }
        var dims: UInt32 = 0
        for (bit, rule) in rules.enumerated() {
            if compiled[rule].payload != nil { dims |= SHAPER_RULES_PAYLOAD.rawValue }
            for condition in conditions[rule] {
                sweeps[condition.dimension.rawValue].constrain(bit, condition)
                dims |= condition.dimension.bit
                if condition.part == .either { dims |= SHAPER_RULES_EITHER.rawValue }
                if condition.dimension == .dscp { dims |= SHAPER_RULES_TRUST.rawValue }
            }
        }

        var other: [BitVector] = []
        var cells: [RuleSet.Cell] = []
        for dimension in Dimension.allCases {
            let runs = sweeps[dimension.rawValue].runs(classes: counts[dimension.rawValue])
            let common = Sweep.mostCommon(runs)
            other.append(common)
            let rare = runs.filter { $0.vector != common }
            guard cells.count + rare.reduce(0, { $0 + $1.classes.count }) <= room else { return nil }
            for run in rare {
                for value in run.classes {
                    cells.append(
                        RuleSet.Cell(dimension: UInt16(dimension.rawValue), value: UInt16(value), vector: run.vector))
                }
            }
        }
        return RuleSet(rules: rules.map { compiled[$0] }, dims: dims, other: other, cells: cells)
    }
}

/// One dimension of one rule set: where, in order of its classes, rules begin and cease to match.
private struct Sweep {
    /// Classes with one vector.
    struct Run {
        var classes: Range<Int>
        var vector: BitVector
    }

    private struct Edge {
        var at: Int
        var bit: Int
        var part: Condition.Part
    }

    /// The rules that match outside all of their ranges, which are those that have none here.
    private var outside: BitVector
    private var edges: [Edge] = []

    init(rules: Int) {
        var all = SIMD4<UInt64>()
        for bit in 0..<rules { all.flip(bit) }
        outside = BitVector(only: all, either: all)
    }

    mutating func constrain(_ bit: Int, _ condition: Condition) {
        outside.flip(bit, condition.part)
        for range in condition.classes {
            edges.append(Edge(at: range.lowerBound, bit: bit, part: condition.part))
            edges.append(Edge(at: range.upperBound, bit: bit, part: condition.part))
        }
    }

    /// All classes, in order.
    func runs(classes: Int) -> [Run] {
        var runs: [Run] = []
        var start = 0
        var vector = outside
        for edge in edges.sorted(by: { $0.at < $1.at }) {
            if edge.at > start {
                runs.append(Run(classes: start..<edge.at, vector: vector))
                start = edge.at
            }
            vector.flip(edge.bit, edge.part)
        }
        if start < classes { runs.append(Run(classes: start..<classes, vector: vector)) }
        return runs
    }

    /// The vector of the most classes: it needs no cells. The first of equals, so that the same policy always
    /// compiles to the same tables.
    static func mostCommon(_ runs: [Run]) -> BitVector {
        var counts: [BitVector: Int] = [:]
        for run in runs { counts[run.vector, default: 0] += run.classes.count }
        let most = counts.values.max()
        // There is at least one class in each dimension.
        return runs.first { counts[$0.vector] == most }!.vector
    }
}

extension BitVector {
    fileprivate mutating func flip(_ bit: Int, _ part: Condition.Part) {
        switch part {
        case .only: only.flip(bit)
        case .either: either.flip(bit)
        }
    }
}

extension SIMD4<UInt64> {
    fileprivate mutating func flip(_ bit: Int) { self[bit / 64] ^= 1 << UInt64(bit % 64) }
}
