import Policy

extension Classifier {
    /// Compiles the policy's rules.
    /// - Returns: the classifier, and for each slice the index of its rule set.
    static func compile(_ policy: Policy) throws(PlanError) -> (classifier: Classifier, ruleSetOfSlice: [Int]) {
        var compiler = RuleSetCompiler(policy)
        let (lists, ruleSetOfSlice) = try ruleLists(policy)
        var ruleSets: [RuleSet] = []
        for (rules, slice) in lists {
            guard let ruleSet = compiler.ruleSet(rules) else { throw .cells(slice: slice) }
            ruleSets.append(ruleSet)
        }
        let slots = ruleSets.reduce(0) { $0 + $1.bits.count }
        guard slots <= Limits.ruleSlots else { throw .ruleSlots(count: slots) }
        return (Classifier(cells: compiler.table.cells, ruleSets: ruleSets), ruleSetOfSlice)
    }

    /// The different lists of rules that apply to slices, each with the first slice that needs it.
    private static func ruleLists(
        _ policy: Policy
    ) throws(PlanError) -> (lists: [(rules: [Int], slice: String)], listOfSlice: [Int]) {
        var global: [Int] = []
        var own: [String: [Int]] = [:]
        for (index, rule) in policy.rules.enumerated() {
            if let slice = rule.slice { own[slice, default: []].append(index) } else { global.append(index) }
        }

        var lists: [(rules: [Int], slice: String)] = []
        var listOfSlice: [Int] = []
        // A rule belongs to one slice or to all, so slices have equal lists only if they have no rules of their own.
        var shared: Int?
        for slice in policy.slices {
            let ownRules = own[slice.name] ?? []
            if ownRules.isEmpty, let shared {
                listOfSlice.append(shared)
                continue
            }
            if ownRules.isEmpty { shared = lists.count }
            listOfSlice.append(lists.count)
            lists.append(((global + ownRules).sorted(), slice.name))
        }

        if let longest = lists.first(where: { $0.rules.count > Limits.sliceRules }) {
            throw .sliceRules(slice: longest.slice, count: longest.rules.count)
        }
        return (lists, listOfSlice)
    }
}
