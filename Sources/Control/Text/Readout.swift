import FoundationEssentials

/// What a reading command found: a text for people, JSON for programs.
package protocol Readout: Encodable, Sendable {
    /// Without a newline at its end.
    var text: String { get }
}

extension Readout {
    /// Keys in snake_case and in order, so that two runs can be compared; what there is no value for is left out.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
