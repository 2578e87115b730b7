import FoundationEssentials

/// JSON as both ends of the control socket write and read it: on one line, keys in order.
enum ControlJSON {
    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from line: Data) throws -> Value {
        try JSONDecoder().decode(type, from: line)
    }

    /// A request, or what to tell the sender about it.
    static func request(from line: Data) throws(ControlFailure) -> ControlRequest {
        do {
            return try decode(ControlRequest.self, from: line)
        } catch let failure as ControlFailure {
            throw failure
        } catch DecodingError.keyNotFound(let key, _) {
            throw ControlFailure(error: "the request has no \"\(key.stringValue)\"")
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            let key = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw ControlFailure(
                error: key.isEmpty ? "the request is no JSON object" : "\"\(key)\" of the request is of the wrong type")
        } catch {
            throw ControlFailure(error: "the request is not one line of JSON")
        }
    }
}
