import CBPF
import Policy

/// The rules as the kernel reads them: equivalence classes for each dimension, and a vector of bits for each
/// (rule set, dimension, class). The scheme is documented at `enum shaper_dimension` in `bpf/shaper.h`.
package struct Classifier: Sendable, Equatable {
    /// The class of each port number; 65,536 values. 0 is kept for packets without ports, so none is 0.
    package var portClasses: [UInt16]
    /// Longest prefix wins; sorted by length, then address. An address outside all of them has class 0.
    package var prefixes: [PrefixClass]
    /// Slices with the same rules share one.
    package var ruleSets: [RuleSet]

    package init(portClasses: [UInt16], prefixes: [PrefixClass], ruleSets: [RuleSet]) {
        self.portClasses = portClasses
        self.prefixes = prefixes
        self.ruleSets = ruleSets
    }
}

package struct PrefixClass: Sendable, Equatable {
    package var prefix: Prefix
    package var addressClass: UInt16
    /// Rules may believe the DSCP of packets from here.
    package var trustsDSCP: Bool

    package init(prefix: Prefix, addressClass: UInt16, trustsDSCP: Bool) {
        self.prefix = prefix
        self.addressClass = addressClass
        self.trustsDSCP = trustsDSCP
    }
}

/// The rules that can apply to a slice, in file order: bit r is `rules[r]`.
package struct RuleSet: Sendable, Equatable {
    package var rules: [CompiledRule]
    /// `1 << SHAPER_DIM_...` for each dimension in use, and `SHAPER_RULES_...`.
    package var dims: UInt32
    /// For each dimension, the vector of the classes that `cells` does not name. `SHAPER_DIMS` values.
    package var other: [BitVector]
    package var cells: [Cell]

    package init(rules: [CompiledRule], dims: UInt32, other: [BitVector], cells: [Cell]) {
        self.rules = rules
        self.dims = dims
        self.other = other
        self.cells = cells
    }

    package struct Cell: Sendable, Equatable {
        package var dimension: UInt16
        package var value: UInt16
        package var vector: BitVector

        package init(dimension: UInt16, value: UInt16, vector: BitVector) {
            self.dimension = dimension
            self.value = value
            self.vector = vector
        }
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

/// 256 bits twice: rules whose one-way parts hold, and rules whose either-end parts hold.
package struct BitVector: Sendable, Hashable {
    package var only: SIMD4<UInt64>
    package var either: SIMD4<UInt64>

    package init(only: SIMD4<UInt64>, either: SIMD4<UInt64>) {
        self.only = only
        self.either = either
    }
}
