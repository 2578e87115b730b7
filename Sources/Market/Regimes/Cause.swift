import Policy

/// Why a market is in a regime.
enum Cause: Sendable, Equatable {
    /// Nothing has come yet.
    case unknown
    /// Below what would make it elevated; nil: nothing would yet.
    case quiet(volatility: Double, below: Double?)
    /// `over`: where the level comes from the baseline.
    case volatility(Double, atLeast: Double, over: OverBaseline? = nil)
    case rate(multiple: Double, atLeast: Double, volatility: Double, andAtLeast: Double)
    /// It was worse, and has calmed down so far.
    case left(Regime, volatility: Double, below: Double)
    /// As another controller found it.
    case resumed

    /// A level that is so many times the baseline, which is annualised, in percent.
    struct OverBaseline: Sendable, Equatable {
        var factor: Double
        var baseline: Double
    }

    var text: String {
        switch self {
        case .unknown: return "no price yet"
        case .quiet(let volatility, let below?):
            let (volatility, below) = apart(volatility, below, unit: "%")
            return "volatility \(volatility) is below \(below)"
        case .quiet(let volatility, nil): return "volatility \(rounded(volatility, unit: "%"))"
        case .volatility(let volatility, let least, let over):
            let (volatility, least) = apart(volatility, least, unit: "%")
            return "volatility \(volatility) is \(least) or more"
                + (over.map { " (\(rounded($0.factor, 1)) x baseline \(rounded($0.baseline, 1, unit: "%")))" } ?? "")
        case .rate(let multiple, let least, let volatility, let volatilityLeast):
            let (multiple, least) = apart(multiple, least, from: 1, unit: "x")
            let rate = "message rate \(multiple) its median is \(least) or more"
            guard volatilityLeast > 0 else { return rate }
            let (volatility, volatilityLeast) = apart(volatility, volatilityLeast, unit: "%")
            return rate + ", at volatility \(volatility) of \(volatilityLeast) or more"
        case .left(let regime, let volatility, let below):
            let (volatility, below) = apart(volatility, below, unit: "%")
            return "no longer \(regime.rawValue): volatility \(volatility) is below \(below)"
        case .resumed: return "as it was before the restart"
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
        case .feed(.stale(let feed)): return "feed \(feed) is stale"
        case .feed(.impossible(let feed, _, _)): return "feed \(feed) says what cannot be"
        case .unknown: return "too little is known yet"
        case .volatility(let volatility, let level):
            let (volatility, level) = apart(volatility, level, unit: "%")
            return "volatility \(volatility) is not below \(level)"
        case .rate(let multiple, let level):
            let (multiple, level) = apart(multiple, level, from: 1, unit: "x")
            return "message rate \(multiple) its median is not below \(level)"
        case .dwell(let left): return "it may be left in \(rounded(left.rounded(.up))) s at the earliest"
        }
    }
}

/// Two numbers that are compared, with as many decimals as tell them apart, but three at most: `109.8%` and `110%`.
private func apart(
    _ one: Double, _ other: Double, from decimals: Int = 0, unit: String
) -> (String, String) {
    let most = one == other ? decimals : 3
    let enough = (decimals...most).first { rounded(one, $0) != rounded(other, $0) } ?? most
    return (rounded(one, enough, unit: unit), rounded(other, enough, unit: unit))
}

/// A double of any size with so many decimals, but no zeros at their end.
private func rounded(_ number: Double, _ decimals: Int = 0, unit: String = "") -> String {
    guard !number.isNaN else { return "?" + unit }
    let scale = (0..<decimals).reduce(1.0) { product, _ in product * 10 }
    let scaled = Int64((min(max(number, -1e15), 1e15) * scale).rounded())
    let (whole, part) = scaled.magnitude.quotientAndRemainder(dividingBy: UInt64(scale))
    var digits = String(part)
    digits = String(repeating: "0", count: max(decimals - digits.count, 0)) + digits
    while digits.hasSuffix("0") { digits.removeLast() }
    return (scaled < 0 ? "-" : "") + "\(whole)" + (digits.isEmpty ? "" : "." + digits) + unit
}
