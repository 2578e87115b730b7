import Plan
import Policy
import Signals

/// What the policy in force says about signals.
struct SignalTerms: Sendable {
    /// What all this follows from.
    struct Origin: Sendable, Equatable {
        let applied: AppliedPolicy
        /// What schedules and the market change over it: the budgets follow them.
        let automatic: [Override]

        init(_ inForce: InForce) {
            applied = inForce.applied
            automatic = inForce.layer?.overrides ?? []
        }
    }

    let origin: Origin
    /// nil: nobody may signal.
    let signals: Signals?
    /// VNIs by slices' names, the names, and all of these in order.
    let slices: [String: UInt32]
    let names: [UInt32: String]
    let sortedNames: [String]
    let budgets: Budgets
    /// The kernel's numbers of slices, by VNI.
    let indices: [UInt32: Int]

    /// - Parameters:
    ///   - former: what held before; under the same policy only budgets are others.
    ///   - indices: the kernel's numbers of slices, by VNI.
    init(_ inForce: InForce, after former: SignalTerms?, indices: () throws -> [UInt32: Int]) rethrows {
        origin = Origin(inForce)
        budgets = Budgets(inForce.desired)
        if let former, former.origin.applied == origin.applied {
            (signals, slices, names) = (former.signals, former.slices, former.names)
            (sortedNames, self.indices) = (former.sortedNames, former.indices)
            return
        }
        signals = inForce.policy.signals
        slices = Dictionary(inForce.desired.slices.map { ($0.name, $0.vni) }) { first, _ in first }
        names = Dictionary(inForce.desired.slices.map { ($0.vni, $0.name) }) { first, _ in first }
        sortedNames = slices.keys.sorted()
        self.indices = try indices()
    }

    /// Whose budget it is, as metrics name it.
    func name(ofBudget vni: UInt32?) -> String? {
        guard let vni else { return "(common)" }
        return names[vni]
    }
}
