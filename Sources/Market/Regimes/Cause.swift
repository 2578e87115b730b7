import Policy

/// Why a market is in a regime.
enum Cause: Sendable, Equatable {
    /// Nothing has come yet.
    case unknown
    /// Below what would make it elevated; nil: whatever the volatility, there is no baseline yet.
    case quiet(volatility: Double, below: Double?)
    case volatility(Double, atLeast: Double)
    case rate(multiple: Double, atLeast: Double, volatility: Double, andAtLeast: Double)
    /// It was worse, and has calmed down so far.
    case left(Regime, volatility: Double, below: Double)
    /// As another controller found it.
    case resumed

    var text: String {
        switch self {
        case .unknown: "no price yet"
        case .quiet(let volatility, let below?): "volatility \(percent(volatility)) is below \(percent(below))"
        case .quiet(let volatility, nil): "volatility \(percent(volatility)), without a baseline yet"
        case .volatility(let volatility, let least):
            "volatility \(percent(volatility)) is \(percent(least)) or more"
        case .rate(let multiple, let least, _, let volatilityLeast) where volatilityLeast <= 0:
            "message rate \(times(multiple)) its median is \(times(least)) or more"
        case .rate(let multiple, let least, let volatility, let volatilityLeast):
            "message rate \(times(multiple)) its median is \(times(least)) or more, "
                + "at volatility \(percent(volatility)) of \(percent(volatilityLeast)) or more"
        case .left(let regime, let volatility, let below):
            "no longer \(regime.rawValue): volatility \(percent(volatility)) is below \(percent(below))"
        case .resumed: "as it was before the restart"
        }
    }
}

/// What keeps a market from being left though it is calmer than its regime.
enum Hold: Sendable, Equatable {
    case feed(MarketReading.Alarm)
    case unknown
    case volatility(Double, notBelow: Double)
    case rate(Double, notBelow: Double)
    /// Seconds.
    case dwell(left: Double)

    var text: String {
        switch self {
        case .feed(.stale(let feed)): "feed \(feed) is stale"
        case .feed(.impossible(let feed, _, _)): "feed \(feed) says what cannot be"
        case .unknown: "too little is known yet"
        case .volatility(let volatility, let level):
            "volatility \(percent(volatility)) is not below \(percent(level))"
        case .rate(let multiple, let level):
            "message rate \(times(multiple)) its median is not below \(times(level))"
        case .dwell(let left): "it may be left in \(whole(left.rounded(.up))) s at the earliest"
        }
    }
}

/// A double of any size as a whole number.
private func whole(_ number: Double) -> String {
    number.isNaN ? "?" : String(Int64(min(max(number.rounded(), -1e15), 1e15)))
}

private func percent(_ number: Double) -> String { whole(number) + "%" }

/// To one decimal.
private func times(_ number: Double) -> String {
    guard number < 1e12 else { return whole(number) + "x" }
    let tenths = Int64(max(number * 10, 0).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)x" : "\(tenths / 10).\(tenths % 10)x"
}
