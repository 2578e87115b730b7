import FoundationEssentials
import Market
import Policy

/// One decision of the market desk that was news: what it was made from, why, and what became of it.
package struct DecisionEntry: Codable, Sendable, Equatable {
    /// ISO 8601, UTC, to the millisecond.
    package var time: String
    /// nil: no market is watched, schedules alone decide.
    package var regime: Regime?
    /// nil: it is the first.
    package var former: Regime?
    package var markets: [Reading]
    /// nil: no market is watched.
    package var reason: String?
    /// Those that hold, and until when; nil: none.
    package var schedules: [String]?
    /// Why a calmer market is not followed yet, or why the node does not do what was decided; nil: nothing is in the way.
    package var blocker: String?
    /// What changed in the kernel: `perp bulk: ceiling 95mbit -> 20mbit`.
    package var quotas: [String]
    /// From the message that decided to the kernel's acknowledgement; nil where nothing changed.
    package var microseconds: Int?

    /// One market's figures; nil: not known.
    package struct Reading: Codable, Sendable, Equatable {
        package var market: String
        package var regime: Regime
        package var price: Double?
        /// Annualised, in percent.
        package var volatility: Double?
        package var baseline: Double?
        /// A minute.
        package var messages: Double?
        /// Over their running median.
        package var messagesMultiple: Double?
        package var impliedVolatility: Double?
        package var alarm: String?
    }

    /// - Parameter time: since 1970, ns.
    init(
        time: Int64, regime: Regime?, former: Regime?, markets: [MarketReading], reason: String?, schedules: [String],
        blocker: String?, quotas: [String], microseconds: Int?
    ) {
        self.time = Date(nanoseconds: time).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        self.regime = regime
        self.former = former
        self.markets = markets.map(Reading.init)
        self.reason = reason
        self.schedules = schedules.isEmpty ? nil : schedules
        self.blocker = blocker
        self.quotas = quotas
        self.microseconds = microseconds
    }

    /// What makes one decision another than the one before.
    struct Subject: Equatable {
        var regime: Regime?
        var alarms: [String?]
        /// A market that is calmer is not followed yet.
        var isHeldBack: Bool
        var schedules: [Override]
        var trouble: String?

        init(_ decision: Decision?, schedules: [Override], trouble: String?) {
            regime = decision?.regime
            alarms = decision?.markets.map { $0.alarm?.topic } ?? []
            isHeldBack = decision?.blocker != nil
            self.schedules = schedules
            self.trouble = trouble
        }

        /// Nothing to tell of.
        var isQuiet: Bool {
            regime ?? .calm == .calm && alarms.allSatisfy { $0 == nil } && schedules.isEmpty && trouble == nil
        }
    }
}

extension DecisionEntry.Reading {
    init(_ reading: MarketReading) {
        self.init(
            market: reading.name, regime: reading.regime, price: reading.price, volatility: reading.volatility,
            baseline: reading.baseline, messages: reading.messageRate, messagesMultiple: reading.rateMultiple,
            impliedVolatility: reading.impliedVolatility, alarm: reading.alarm?.text)
    }
}

extension MarketReading.Alarm {
    var text: String {
        switch self {
        case .stale: topic
        case .impossible(_, let price, let after?): "\(topic) (\(plain(price)) after \(plain(after)))"
        case .impossible(_, let price, nil): "\(topic) (\(plain(price)))"
        }
    }

    /// The same for one impossible price after another.
    var topic: String {
        switch self {
        case .stale(let feed): "feed \(feed) is stale"
        case .impossible(let feed, _, _): "feed \(feed) has an impossible price"
        }
    }
}

/// With all its digits, and none that it does not have.
private func plain(_ number: Double) -> String { Int64(exactly: number).map(String.init) ?? "\(number)" }

extension DecisionEntry {
    /// One line: when, what, from what, why, what is in the way, and what changed.
    package var text: String {
        var parts = [time]
        if let regime {
            parts.append(
                former.flatMap { $0 == regime ? nil : "\($0.rawValue) -> \(regime.rawValue)" } ?? regime.rawValue)
        }
        parts += markets.map(\.text)
        if let reason { parts.append(reason) }
        parts.append(contentsOf: (schedules ?? []).map { "schedule \($0)" })
        if parts.count == 1 { parts.append("no schedule holds") }
        if let blocker { parts.append("held: \(blocker)") }
        if !quotas.isEmpty { parts.append(quotas.joined(separator: ", ")) }
        return parts.joined(separator: " | ")
    }
}

extension DecisionEntry.Reading {
    var text: String {
        var parts = ["\(market) \(regime.rawValue)"]
        if let price { parts.append("price \(rounded(price, 2))") }
        if let volatility {
            parts.append("volatility \(rounded(volatility, 0))%")
            parts.append(baseline.map { "baseline \(rounded($0, 0))%" } ?? "baseline not known yet")
        }
        if let messages { parts.append("messages \(rounded(messages, 0))/min") }
        if let messagesMultiple { parts.append("\(rounded(messagesMultiple, 1))x the median") }
        if let alarm { parts.append(alarm) }
        return parts.joined(separator: ", ")
    }
}

/// ISO 8601, to the second.
///
/// - Parameter time: since 1970, ns.
func utc(_ time: Int64) -> String { Date(nanoseconds: time).ISO8601Format() }

extension Date {
    fileprivate init(nanoseconds: Int64) { self.init(timeIntervalSince1970: Double(nanoseconds) / 1e9) }
}

/// In the plain decimal way, with so many places.
func rounded(_ value: Double, _ places: Int) -> String {
    let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
    guard let scaled = Int64(exactly: (value * scale).rounded()) else { return "\(value)" }
    let (whole, rest) = scaled.magnitude.quotientAndRemainder(dividingBy: UInt64(scale))
    let sign = scaled < 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(whole)" }
    let digits = String(rest)
    return "\(sign)\(whole).\(String(repeating: "0", count: places - digits.count))\(digits)"
}
