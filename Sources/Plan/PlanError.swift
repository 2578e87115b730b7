import CBPF

/// Why a sound policy does not fit the kernel's tables. The validator cannot see these: they are properties of what
/// the rules compile to, not of any one line.
package enum PlanError: Error, Equatable, CustomStringConvertible {
    /// One slice's own and the global rules together.
    case sliceRules(slice: String, count: Int)
    /// Rule entries of all slices' rule sets.
    case ruleSlots(count: Int)
    /// Vectors of all rule sets; `slice` is where the table ran full.
    case cells(slice: String)
    /// Address prefixes of all rules and of `trustDscp`.
    case prefixes(count: Int)
    /// Runs of port numbers that the rules tell apart.
    case portClasses(count: Int)

    package var description: String {
        switch self {
        case .sliceRules(let slice, let count):
            "slice \(slice) has \(count) rules, the global ones included; a slice can have \(Limits.sliceRules)"
        case .ruleSlots(let count):
            "the slices' rules need \(count) entries, the global ones counted once for each slice with rules of its "
                + "own; there are \(Limits.ruleSlots)"
        case .cells(let slice):
            "the rules' ports and prefixes cut each other into more than \(Limits.cells) table cells "
                + "(reached at slice \(slice)): use fewer wide global ranges or fewer single ports and prefixes"
        case .prefixes(let count):
            "the rules and trustDscp name \(count) different prefixes; there is room for \(Limits.prefixes)"
        case .portClasses(let count):
            "the rules cut the port numbers into \(count) runs; there can be \(Limits.portClasses)"
        }
    }
}

/// The contract's sizes as numbers. The tables of two generations share one map, so half of it is a policy's.
enum Limits {
    static let sliceRules = Int(SHAPER_MAX_SLICE_RULES.rawValue)
    static let ruleSlots = Int(SHAPER_MAX_RULE_SLOTS.rawValue)
    static let cells = Int(SHAPER_MAX_CELLS.rawValue / SHAPER_SLOTS.rawValue)
    static let prefixes = Int(SHAPER_MAX_PREFIXES.rawValue / SHAPER_SLOTS.rawValue)
    static let portClasses = Int(UInt16.max)
}
