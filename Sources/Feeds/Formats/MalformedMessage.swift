/// Why a message is refused. It is counted, and the next one is read.
package enum MalformedMessage: Error, Equatable, CustomStringConvertible {
    /// No JSON, from this byte on; truncated, if that is the message's length.
    case syntax(at: Int)
    /// Nested deeper than any message is.
    case tooDeep
    /// Without a part that its kind has, or with another type of value there.
    case lacks(String)
    /// A number or a time that cannot be.
    case impossible(String)

    package var description: String {
        switch self {
        case .syntax(let place): "no JSON from byte \(place) on"
        case .tooDeep: "nested too deep"
        case .lacks(let part): "no \(part)"
        case .impossible(let part): "an impossible \(part)"
        }
    }
}
