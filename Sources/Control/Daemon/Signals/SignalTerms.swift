import Plan
import Policy
import Signals

/// What the policy in force says about signals.
struct SignalTerms: Sendable {
    /// What all this follows from.
    let applied: AppliedPolicy
    /// nil: nobody may signal.
    let signals: Signals?
    /// VNIs by slices' names, and the names.
    let slices: [String: UInt32]
    let names: [UInt32: String]
    let budgets: Budgets
    /// The kernel's numbers of slices, by VNI.
    let indices: [UInt32: Int]

    init(_ inForce: InForce, indices: [UInt32: Int]) {
        applied = inForce.applied
        signals = inForce.policy.signals
        slices = Dictionary(inForce.desired.slices.map { ($0.name, $0.vni) }) { first, _ in first }
        names = Dictionary(inForce.desired.slices.map { ($0.vni, $0.name) }) { first, _ in first }
        budgets = Budgets(inForce.desired)
        self.indices = indices
    }

    /// Whose budget it is, as metrics name it.
    func name(ofBudget vni: UInt32?) -> String? {
        guard let vni else { return "(common)" }
        return names[vni]
    }
}
