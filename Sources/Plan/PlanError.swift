import CBPF

/// Why a sound policy does not fit the kernel's tables. The validator cannot see these: they are properties of what
/// the rules compile to, not of any one line.
package enum PlanError: Error, Equatable, CustomStringConvertible {
    /// One slice's own and the global rules together.
    case sliceRules(slice: String, count: Int)
    /// Rule entries of all slices' rule sets.
    case ruleSlots(count: Int)
    /// Tries and vectors of all rule sets; `slice` is where the table ran full.
    case cells(slice: String)

    package var description: String {
        switch self {
        case .sliceRules(let slice, let count):
            "slice \(slice) has \(count) rules, the global ones included; a slice can have \(Limits.sliceRules)"
        case .ruleSlots(let count):
            "the slices' rules need \(count) entries, the global ones counted once for each slice with rules of its "
                + "own, and rules for either end twice; there are \(Limits.ruleSlots)"
        case .cells(let slice):
            "the rules' ports and prefixes cut each other into more than \(Limits.cells) table cells "
                + "(reached at slice \(slice)): use fewer ranges and prefixes, or more rules for all slices"
        }
    }
}

/// The contract's sizes as numbers.
enum Limits {
    static let sliceRules = Int(SHAPER_MAX_SLICE_RULES.rawValue)
    static let ruleSlots = Int(SHAPER_MAX_RULE_SLOTS.rawValue)
    static let cells = Int(SHAPER_SLOT_CELLS.rawValue)
}
