import Policy

extension IPProtocol {
    /// As people write it; a number where there is no name.
    static func name(_ number: UInt8) -> String { names.first { $0.value == number }?.key ?? String(number) }
}
