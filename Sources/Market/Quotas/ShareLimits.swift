import Policy

/// What a policy says about shares that move: where they start, where each regime has them, and how fast they may be.
///
/// A share that the file does not give starts at what its absence means (see `Bandwidth`): a guarantee at 0 % or 1 Mbit,
/// which both are the floor of every leaf; a ceiling at 100 % or at the rate of the slice's ceiling, and of the link in
/// the class table. A slice that has no figure of its own has the class table's, wherever that is at the moment. A slice's
/// own guarantee is moved only where the file gives one.
struct ShareLimits: Sendable {
    private let policy: Policy
    private let bandwidth: Bandwidth
    private let classes: [String: Policy.TrafficClass]
    private let slices: [String: Policy.Slice]
    private let targets: [Regime: Shares]
    /// The most that a share moves in one step: millionths of a percent, and bits a second.
    private let percentStep: UInt64
    private let rateStep: UInt64

    private static let millionths = 1_000_000.0

    init(_ policy: Policy) {
        let classes = Dictionary(policy.classes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let slices = Dictionary(policy.slices.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.policy = policy
        bandwidth = Bandwidth(policy)
        self.classes = classes
        self.slices = slices
        targets = Dictionary(
            uniqueKeysWithValues: Regime.allCases.map { regime in
                let shares = Shares(policy.volatility?.allQuotas(of: regime).overrides(reason: "") ?? [])
                return (regime, Self.raised(shares, classes: classes, slices: slices))
            })
        let release = min(max(policy.volatility?.release ?? Volatility.defaultRelease, 0), Volatility.fastestRelease)
        let stepsPerMinute = UInt64(60_000_000_000 / QuotaGovernor.pace)
        percentStep = max(UInt64(release * Self.millionths) / stepsPerMinute, 1)
        let perMinute = policy.underlay.linkRate.times(
            UInt64(release * Self.millionths), over: UInt64(100 * Self.millionths))
        rateStep = max(perMinute.bitsPerSecond / stepsPerMinute, 1)
    }

    func target(of regime: Regime) -> Shares { targets[regime] ?? Shares() }

    /// The shares, but that none is below its floor, and an express ceiling never below the file's: the validator has
    /// seen to both of a regime's, and liquidations must not depend on it. Only like is compared with like.
    private static func raised(
        _ shares: Shares, classes: [String: Policy.TrafficClass], slices: [String: Policy.Slice]
    ) -> Shares {
        var shares = shares
        for (name, share) in shares.values {
            guard let trafficClass = name.className.flatMap({ classes[$0] }) else { continue }
            let isExpress = trafficClass.lane == .express
            guard (name.field == .ceiling) == isExpress else { continue }
            var least = [trafficClass.floor]
            if isExpress { least.append(trafficClass.quota(in: name.slice.flatMap { slices[$0] }).ceiling) }
            shares.values[name] = least.reduce(share) { $1.map($0.raised) ?? $0 }
        }
        return shares
    }

    /// Those of another policy whose class and slice are in this one, as far as it lets them be.
    func known(_ shares: Shares) -> Shares {
        var known = shares
        known.values = shares.values.filter { name, _ in
            name.className.map { classes[$0] != nil } ?? true && name.slice.map { slices[$0] != nil } ?? true
        }
        return Self.raised(known, classes: classes, slices: slices)
    }

    func fits(_ shares: Shares) -> Bool {
        let changed = policy.applying(shares.overrides(reason: ""))
        return BandwidthProblem.ofAutomatic(changed, Bandwidth(changed), own: bandwidth).isEmpty
    }

    /// Where a release goes first. A share that is a rate at one end and a percentage at the other (the file does not give
    /// it, and regimes give it in two ways) cannot go straight: it goes to what its absence means, and from there.
    func leg(from start: Shares, to end: Shares) -> Shares {
        var leg = end
        for name in names(start, end) where move(of: name, from: start, to: end) == nil {
            if let share = value(of: name, in: start) { leg.values[name] = absent(name, as: share) }
        }
        return leg
    }

    /// How many steps the slowest share takes.
    func steps(from start: Shares, to end: Shares) -> Int {
        names(start, end).reduce(1) { most, name in
            guard let move = move(of: name, from: start, to: end) else { return most }
            let step = move.isRate ? rateStep : percentStep
            let distance = max(move.start, move.end) - min(move.start, move.end)
            return max(most, Int(clamping: distance / step + (distance.isMultiple(of: step) ? 0 : 1)))
        }
    }

    /// The point `taken` of `count` on the way. Guarantees and express ceilings are rounded down and the other ceilings
    /// up, so that what fits exactly at both ends fits between them.
    func between(_ start: Shares, _ end: Shares, _ taken: Int, of count: Int) -> Shares {
        var shares = Shares()
        for name in names(start, end) {
            guard let move = move(of: name, from: start, to: end) else { continue }
            let isExpress = name.className.map { classes[$0]?.lane == .express } ?? false
            let isRoundedUp = name.field == .ceiling && !isExpress
            let point = move.point(UInt64(taken), of: UInt64(count), isRoundedUp: isRoundedUp)
            shares.values[name] =
                move.isRate ? .rate(BitRate(bitsPerSecond: point)) : .percent(Double(point) / Self.millionths)
        }
        return shares
    }

    private func names(_ start: Shares, _ end: Shares) -> Set<Shares.Name> {
        Set(start.values.keys).union(end.values.keys)
    }

    /// nil where the share is a rate at one end and a percentage at the other, and neither is what its absence means.
    private func move(of name: Shares.Name, from start: Shares, to end: Shares) -> ShareMove? {
        switch (value(of: name, in: start), value(of: name, in: end)) {
        case (let start?, let end?):
            move(start, end) ?? (isAbsent(name, start) ? move(absent(name, as: end), end) : nil)
                ?? (isAbsent(name, end) ? move(start, absent(name, as: start)) : nil)
        case (let start?, nil): move(start, absent(name, as: start))
        case (nil, let end?): move(absent(name, as: end), end)
        case (nil, nil): nil
        }
    }

    /// What is above the link is nowhere else than at its end.
    private func move(_ start: Share, _ end: Share) -> ShareMove? {
        let link = policy.underlay.linkRate
        return switch (start, end) {
        case (.rate(let start), .rate(let end)):
            ShareMove(
                start: min(start, link).bitsPerSecond, end: min(end, link).bitsPerSecond, isRate: true)
        case (.percent(let start), .percent(let end)):
            ShareMove(start: Self.millionths(start), end: Self.millionths(end), isRate: false)
        default: nil
        }
    }

    private static func millionths(_ percent: Double) -> UInt64 {
        UInt64((min(max(percent, 0), 100) * millionths).rounded())
    }

    /// What holds with these over the file; nil: neither says.
    private func value(of name: Shares.Name, in shares: Shares) -> Share? {
        func own(_ quota: Policy.ClassQuota?) -> Share? { name.field == .guarantee ? quota?.guarantee : quota?.ceiling }
        if let share = shares.values[name] { return share }
        let slice = name.slice.flatMap { slices[$0] }
        guard let className = name.className else {
            return name.field == .guarantee ? slice?.guarantee : slice?.ceiling
        }
        if let slice {
            if let share = own(slice.classes[className]) { return share }
            var table = name
            table.slice = nil
            if let share = shares.values[table] { return share }
        }
        return own(classes[className]?.quota(in: nil))
    }

    private func isAbsent(_ name: Shares.Name, _ share: Share) -> Bool { share == absent(name, as: share) }

    /// What a share that is not given is, as the kind that `other` is.
    private func absent(_ name: Shares.Name, as other: Share) -> Share {
        switch (name.field, other) {
        case (.guarantee, .percent): return .percent(0)
        case (.guarantee, .rate): return .rate(Bandwidth.floor)
        case (.ceiling, .percent): return .percent(100)
        case (.ceiling, .rate):
            let link = policy.underlay.linkRate
            // A class's is at most its slice's.
            let ceiling = name.className == nil ? nil : name.slice.flatMap { slices[$0]?.ceiling }
            return .rate(min(ceiling?.of(link) ?? link, link))
        }
    }
}

/// A share on its way, in millionths of a percent or bits a second.
private struct ShareMove {
    var start: UInt64
    var end: UInt64
    var isRate: Bool

    /// Whole numbers throughout, so that the same way is the same everywhere.
    func point(_ taken: UInt64, of count: UInt64, isRoundedUp: Bool) -> UInt64 {
        let (low, high) = (min(start, end), max(start, end))
        let fromLow = start == low ? taken : count - taken
        let distance = BitRate(bitsPerSecond: high - low)
        return isRoundedUp
            ? high - distance.times(count - fromLow, over: count).bitsPerSecond
            : low + distance.times(fromLow, over: count).bitsPerSecond
    }
}

extension Share {
    /// The larger one, where both are of one kind.
    fileprivate func raised(to least: Share) -> Share {
        switch (self, least) {
        case (.rate(let own), .rate(let least)): .rate(max(own, least))
        case (.percent(let own), .percent(let least)): .percent(max(own, least))
        default: self
        }
    }
}
