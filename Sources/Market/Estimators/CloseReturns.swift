import Glibc

/// The last n returns ln(C / C'), of closes that follow each other.
struct CloseReturns: Sendable {
    private(set) var returns: Window
    private var close: Double?

    init(_ count: Int) { returns = Window(count) }

    /// The new return; nil: there was no bar before, or it is not possible.
    @discardableResult
    mutating func add(_ bar: Bar) -> Double? {
        guard bar.isPossible else { return nil }
        defer { close = bar.close }
        guard let close else { return nil }
        let change = log(bar.close / close)
        returns.add(change)
        return change
    }
}
