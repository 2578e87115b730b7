import CBPF
import Policy

/// The rules as the kernel reads them: for each rule set a trie a dimension, whose leaves are vectors of bits. The
/// scheme is documented at `enum shaper_dimension` in `bpf/shaper.h`.
package struct Classifier: Sendable, Equatable {
    /// Nodes of the tries and vectors, one table for all rule sets: what is the same is there once. 0 is not used.
    package var cells: [Cell]
    /// Slices with the same rules share one.
    package var ruleSets: [RuleSet]

    package init(cells: [Cell], ruleSets: [RuleSet]) {
        self.cells = cells
        self.ruleSets = ruleSets
    }
}

/// The rules that can apply to a slice, in file order.
package struct RuleSet: Sendable, Equatable {
    /// One for each bit of the vectors: a rule for either end has two.
    package var bits: [CompiledRule]
    /// For each dimension, where its trie begins; 0: no rule asks for it.
    package var roots: [UInt32]
    /// The class where no rule matches.
    package var fallback: Int
    /// The class of frames that are not IP, and so cannot match a rule that asks for anything.
    package var notIPClass: Int

    package init(bits: [CompiledRule], roots: [UInt32], fallback: Int, notIPClass: Int) {
        self.bits = bits
        self.roots = roots
        self.fallback = fallback
        self.notIPClass = notIPClass
    }
}

package struct CompiledRule: Sendable, Equatable {
    /// Index into `Policy.rules`.
    package var rule: Int
    /// Index into `Policy.classes`.
    package var trafficClass: Int
    package var payload: Rule.PayloadTest?

    package init(rule: Int, trafficClass: Int, payload: Rule.PayloadTest?) {
        self.rule = rule
        self.trafficClass = trafficClass
        self.payload = payload
    }
}

/// Bit r: rule r of a rule set.
package typealias BitVector = SIMD8<UInt64>
