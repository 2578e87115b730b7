import CBPF
import Policy

/// Turns lists of rules into tries and vectors, all in one table.
///
/// The work for a rule set grows with the edges of its own rules' ranges alone: thousands of slices with a few rules
/// each compile in milliseconds.
struct RuleSetCompiler {
    /// Of each rule of the policy, once for all the slices it applies to.
    private let rules: [(compiled: CompiledRule, conditions: [[Condition]], matchesOnlyIP: Bool)]
    private let trusted: [ClosedRange<UInt128>]
    private let defaultClass: Int
    private(set) var table = CellTable()

    init(_ policy: Policy) {
        let classes = Dictionary(
            policy.classes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        rules = policy.rules.enumerated().map { index, rule in
            // Names resolve in a checked policy.
            let compiled = CompiledRule(rule: index, trafficClass: classes[rule.className]!, payload: rule.payload)
            return (compiled, rule.conditions, rule.matchesOnlyIP)
        }
        trusted = Condition(.source, policy.fabric.trustDscp.flatMap(\.keys)).keys
        // The parser lets no policy pass that has no default class.
        defaultClass = policy.classes.firstIndex(where: \.isDefault)!
    }

    /// - Parameter list: indices into the policy's rules, at most `SHAPER_MAX_SLICE_RULES`, in file order.
    /// - Returns: nil if the table is full.
    mutating func ruleSet(_ list: [Int]) -> RuleSet? {
        let bits = list.flatMap { rule in rules[rule].conditions.map { (rules[rule].compiled, $0) } }
        var sweeps = Dimension.allCases.map { _ in Sweep(bits: bits.count) }
        for (bit, (_, conditions)) in bits.enumerated() {
            for condition in conditions { sweeps[condition.dimension.rawValue].constrain(bit, condition.keys) }
        }
        if sweeps[Dimension.dscp.rawValue].isUsed { sweeps[Dimension.source.rawValue].trust(trusted) }

        var roots: [Reference] = []
        for sweep in sweeps {
            guard sweep.isUsed else {
                roots.append(0)
                continue
            }
            guard let root = sweep.trie(into: &table)?.build(into: &table) else { return nil }
            roots.append(root)
        }
        let notIP = list.first { !rules[$0].matchesOnlyIP }
        return RuleSet(
            bits: bits.map(\.0), roots: roots, fallback: defaultClass,
            notIPClass: notIP.map { rules[$0].compiled.trafficClass } ?? defaultClass)
    }
}

/// One dimension of one rule set: where, in order of its keys, rules begin and cease to match.
private struct Sweep {
    private enum Edge {
        case rule(Int)
        case trust
    }

    /// The rules that match outside all of their ranges, which are those that have none here.
    private var outside: BitVector
    private var edges: [(at: UInt128, edge: Edge)] = []
    private(set) var isUsed = false

    init(bits: Int) {
        outside = BitVector()
        for bit in 0..<bits { outside.flip(bit) }
    }

    mutating func constrain(_ bit: Int, _ keys: [ClosedRange<UInt128>]) {
        isUsed = true
        outside.flip(bit)
        add(.rule(bit), keys)
    }

    /// Where a source's DSCP may be believed.
    mutating func trust(_ keys: [ClosedRange<UInt128>]) {
        guard !keys.isEmpty else { return }
        isUsed = true
        add(.trust, keys)
    }

    private mutating func add(_ edge: Edge, _ keys: [ClosedRange<UInt128>]) {
        for range in keys {
            edges.append((range.lowerBound, edge))
            if range.upperBound < .max { edges.append((range.upperBound + 1, edge)) }
        }
    }

    /// - Returns: nil where the table has no room for the vectors.
    func trie(into table: inout CellTable) -> Trie? {
        var trie = Trie()
        var start: UInt128 = 0
        var vector = outside
        var isTrusted = false
        func append() -> Bool {
            guard let leaf = table.place(vector) else { return false }
            trie.append(start, leaf | (isTrusted ? SHAPER_REF_TRUST.rawValue : 0))
            return true
        }
        for (at, edge) in edges.sorted(by: { $0.at < $1.at }) {
            if at > start {
                guard append() else { return nil }
                start = at
            }
            switch edge {
            case .rule(let bit): vector.flip(bit)
            case .trust: isTrusted.toggle()
            }
        }
        return append() ? trie : nil
    }
}

extension BitVector {
    fileprivate mutating func flip(_ bit: Int) { self[bit / 64] ^= 1 << UInt64(bit % 64) }
}
