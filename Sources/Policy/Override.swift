/// A change to shares that is not in the file: an operator's, or the market's.
package struct Override: Codable, Sendable, Equatable {
    /// nil: the slice's own shares, which are parts of the link.
    package var className: String?
    /// nil: the class table's figures. A slice's own entry for the class, in the file or by an override, still wins.
    package var slice: String?
    /// nil: unchanged.
    package var guarantee: Share?
    package var ceiling: Share?
    /// For the log.
    package var reason: String

    package init(className: String?, slice: String? = nil, guarantee: Share?, ceiling: Share?, reason: String) {
        self.className = className
        self.slice = slice
        self.guarantee = guarantee
        self.ceiling = ceiling
        self.reason = reason
    }

    /// Why the policy, with this on top, would not do; none if it would.
    package func problems(on policy: Policy) -> [BandwidthProblem] {
        let sums = BandwidthProblem.all(in: policy.applying([self])).filter { $0.severity == .error }
        guard let className else { return sums }
        let subject = Subject.trafficClass(className, slice: slice)
        func problem(_ message: String, _ remedy: String?) -> [BandwidthProblem] {
            [BandwidthProblem(subject: subject, severity: .error, message: message, remedy: remedy)]
        }
        guard let trafficClass = policy.classes.first(where: { $0.name == className }) else {
            let names = policy.classes.map(\.name)
            let guess = nearest(to: className, among: names).map { "did you mean \(quoted($0))?" }
            return problem("unknown class \(quoted(className))", guess ?? "known are \(names.joined(separator: ", "))")
        }
        if let slice {
            guard let found = policy.slices.first(where: { $0.name == slice }) else {
                let guess = nearest(to: slice, among: policy.slices.map(\.name))
                return problem("unknown slice \(quoted(slice))", guess.map { "did you mean \(quoted($0))?" })
            }
            guard found.hasQuota else {
                return problem(
                    "slice \(quoted(slice)) has no guarantee or ceiling: it shares its queues with other such slices",
                    "give it one in the policy, or change the class for all slices")
            }
        }
        if guarantee == nil, ceiling == nil { return problem("neither a guarantee nor a ceiling is given", "give one") }
        if trafficClass.lane == .express, guarantee != nil {
            return problem(
                "class \(quoted(className)) is express: it has a ceiling, but no guarantee", "give a ceiling")
        }
        if ceiling == .rate(.zero) || ceiling == .percent(0) {
            return problem("a ceiling of zero would let nothing of \(quoted(className)) pass", "give one above zero")
        }
        return sums
    }
}

extension Policy {
    /// The policy with the overrides on top, later ones over earlier ones. One that names a class or a slice that is not
    /// there (any more) changes nothing.
    package func applying(_ overrides: [Override]) -> Policy {
        var policy = self
        // Thousands of slices are not searched for each of hundreds of overrides.
        let wanted = Set(overrides.compactMap(\.slice))
        let places = Dictionary(
            slices.indices.lazy.filter { wanted.contains(slices[$0].name) }.map { (slices[$0].name, $0) },
            uniquingKeysWith: { first, _ in first })
        for override in overrides {
            let slice = override.slice.map { places[$0] }
            switch (override.className, slice) {
            // The slice is gone.
            case (_, .some(nil)), (nil, nil): continue
            case (nil, let slice??):
                if let guarantee = override.guarantee {
                    policy.slices[slice].floorBase = policy.slices[slice].floorBase ?? policy.slices[slice].guarantee
                    policy.slices[slice].guarantee = guarantee
                }
                policy.slices[slice].ceiling = override.ceiling ?? policy.slices[slice].ceiling
            case (let name?, let slice??):
                guard policy.classes.contains(where: { $0.name == name }) else { continue }
                let old = policy.slices[slice].classes[name]
                policy.slices[slice].classes[name] = ClassQuota(
                    guarantee: override.guarantee ?? old?.guarantee, ceiling: override.ceiling ?? old?.ceiling)
            case (let name?, nil):
                guard let index = policy.classes.firstIndex(where: { $0.name == name }) else { continue }
                policy.classes[index].guarantee = override.guarantee ?? policy.classes[index].guarantee
                policy.classes[index].ceiling = override.ceiling ?? policy.classes[index].ceiling
            }
        }
        return policy
    }
}
