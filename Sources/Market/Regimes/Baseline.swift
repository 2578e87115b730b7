import Glibc

/// What variance is usual: the plain mean of what was seen until a half-life is full, then the average with that
/// half-life. Time that is not seen does not count.
///
/// It is young until it has seen a part of the half-life (an hour of a day), and nothing should depend on it before.
struct Baseline: Sendable {
    /// s.
    private let halfLife: Double
    private let tau: Double
    private(set) var variance: Double?
    /// s.
    private(set) var seen: Double

    private static let youngPart = 1.0 / 24

    var isYoung: Bool { variance == nil || seen < halfLife * Self.youngPart }

    /// ns.
    init(halfLife: Int64, variance: Double? = nil, seen: Double = 0) {
        self.halfLife = max(halfLife, 1).seconds
        tau = self.halfLife / log(2.0)
        self.variance = variance
        self.seen = seen
    }

    /// A variance that lasted so long.
    mutating func add(_ variance: Double, seconds: Double) {
        guard seconds > 0 else { return }
        seen = min(seen + seconds, halfLife)
        let weight = seen < halfLife ? seconds / seen : -expm1(-seconds / tau)
        self.variance = self.variance.map { $0 + weight * (variance - $0) } ?? variance
    }
}
