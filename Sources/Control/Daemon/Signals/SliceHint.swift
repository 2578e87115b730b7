import Policy

/// What a sender is told whose slice does not exist. Whoever sends nonsense at full speed must not keep those waiting
/// who do not: among thousands of names a guess takes milliseconds, so there are only some of them a second.
struct SliceHint {
    private var nextGuess: UInt64 = 0
    private(set) var guesses = 0

    /// Between two guesses, ns.
    static let pause: UInt64 = 250_000_000

    /// - Parameters:
    ///   - names: of the slices, in order.
    ///   - now: of CLOCK_MONOTONIC, ns.
    mutating func remedy(for name: String, among names: [String], at now: UInt64) -> String {
        if now >= nextGuess {
            nextGuess = now + Self.pause
            guesses += 1
            if let meant = nearest(to: name, among: names) { return "it has one called \(meant)" }
        }
        return "it has \(names.prefix(10).joined(separator: ", "))\(names.count > 10 ? ", …" : "")"
    }
}
