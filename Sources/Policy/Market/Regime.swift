/// The market's state, and so the one quotas follow. In order: each is worse than the one before.
package enum Regime: String, Sendable, CaseIterable, Comparable, Codable {
    case calm, elevated, storm, extreme

    package static func < (left: Regime, right: Regime) -> Bool { left.severity < right.severity }

    /// 0 is calm; also the metric's value.
    package var severity: Int {
        switch self {
        case .calm: 0
        case .elevated: 1
        case .storm: 2
        case .extreme: 3
        }
    }

    /// One state nearer to calm.
    package var milder: Regime { Self.allCases[max(severity - 1, 0)] }
}
