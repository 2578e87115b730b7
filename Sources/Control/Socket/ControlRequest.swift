/// What a command asks of the daemon that runs a node. One line of JSON:
///
///     {"v":1,"op":"class-set","class":"bulk","slice":"perp","ceiling":"20mbit"}
///
/// A key that an operation does not know is an error, as in the policy file: a misspelt `ceiling` must not be a
/// silent success.
package enum ControlRequest: Sendable, Equatable {
    case status
    /// Quotas as in the policy file (`20mbit`, `50%`); nil leaves one as it is. Without a slice, of every slice.
    /// The reason is for the people who find the override.
    case classSet(className: String, slice: String?, guarantee: String?, ceiling: String?, reason: String? = nil)
    case reload

    /// Changes when the meaning of a request or response does.
    package static let version = 1
}

extension ControlRequest: Codable {
    private enum Operation: String, CaseIterable {
        case status, reload
        case classSet = "class-set"

        var keys: [Key] {
            [.v, .op] + (self == .classSet ? [.className, .slice, .guarantee, .ceiling, .reason] : [])
        }
    }

    /// Any text, so that keys nobody knows are seen.
    private struct Key: CodingKey, Equatable {
        static let v = Key(stringValue: "v")
        static let op = Key(stringValue: "op")
        static let className = Key(stringValue: "class")
        static let slice = Key(stringValue: "slice")
        static let guarantee = Key(stringValue: "guarantee")
        static let ceiling = Key(stringValue: "ceiling")
        static let reason = Key(stringValue: "reason")

        let stringValue: String
        init(stringValue: String) { self.stringValue = stringValue }

        var intValue: Int? { nil }
        init?(intValue: Int) { nil }
    }

    /// - Throws: `ControlFailure` for what is JSON but no request, `DecodingError` for the rest.
    package init(from decoder: any Decoder) throws {
        let request = try decoder.container(keyedBy: Key.self)
        let version = try request.decode(Int.self, forKey: .v)
        guard version == Self.version else {
            throw ControlFailure(
                error: "the request is of version \(version), this node speaks version \(Self.version)",
                remedy: "use the shaperctl that the node runs")
        }
        let name = try request.decode(String.self, forKey: .op)
        guard let operation = Operation(rawValue: name) else {
            let known = Operation.allCases.map(\.rawValue).sorted().joined(separator: ", ")
            throw ControlFailure(error: "unknown operation \"\(name)\"", remedy: "this node knows \(known)")
        }
        let unknown = request.allKeys.filter { !operation.keys.contains($0) }.map { "\"\($0.stringValue)\"" }
        guard unknown.isEmpty else {
            throw ControlFailure(error: "\(name) does not know \(unknown.sorted().joined(separator: ", "))")
        }
        switch operation {
        case .status: self = .status
        case .reload: self = .reload
        case .classSet:
            self = .classSet(
                className: try request.decode(String.self, forKey: .className),
                slice: try request.decodeIfPresent(String.self, forKey: .slice),
                guarantee: try request.decodeIfPresent(String.self, forKey: .guarantee),
                ceiling: try request.decodeIfPresent(String.self, forKey: .ceiling),
                reason: try request.decodeIfPresent(String.self, forKey: .reason))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var request = encoder.container(keyedBy: Key.self)
        try request.encode(Self.version, forKey: .v)
        switch self {
        case .status: try request.encode(Operation.status.rawValue, forKey: .op)
        case .reload: try request.encode(Operation.reload.rawValue, forKey: .op)
        case .classSet(let className, let slice, let guarantee, let ceiling, let reason):
            try request.encode(Operation.classSet.rawValue, forKey: .op)
            try request.encode(className, forKey: .className)
            try request.encodeIfPresent(slice, forKey: .slice)
            try request.encodeIfPresent(guarantee, forKey: .guarantee)
            try request.encodeIfPresent(ceiling, forKey: .ceiling)
            try request.encodeIfPresent(reason, forKey: .reason)
        }
    }
}
