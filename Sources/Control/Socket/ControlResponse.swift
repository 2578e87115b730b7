import FoundationEssentials

/// The daemon's answer, one line of JSON: `{"ok":true,"result":…}` or `{"ok":false,"error":"…","remedy":"…"}`.
package struct ControlResponse: Sendable, Equatable {
    /// The line, without its newline.
    let line: Data

    private init(line: Data) { self.line = line }

    /// - Returns: nil unless the line, received from elsewhere, has the form of an answer.
    init?(answer line: Data) {
        guard (try? ControlJSON.decode(Outcome.self, from: line)) != nil else { return nil }
        self.line = line
    }

    /// - Parameter result: What the command shows; any value, under `result`.
    package static func success(_ result: some Encodable) -> ControlResponse {
        do {
            return ControlResponse(line: try ControlJSON.encode(Success(result: result)))
        } catch {
            return .failure("the answer cannot be written as JSON: \(error)")
        }
    }

    /// Done, and nothing to show.
    package static let success = ControlResponse(line: Data(#"{"ok":true}"#.utf8))

    package static func failure(_ error: String, remedy: String? = nil) -> ControlResponse {
        .failure(ControlFailure(error: error, remedy: remedy))
    }

    package static func failure(_ failure: ControlFailure) -> ControlResponse {
        let answer = Outcome(ok: false, error: failure.error, remedy: failure.remedy, kind: failure.kind)
        // Strings and a truth value: there is nothing JSON could object to.
        return ControlResponse(line: (try? ControlJSON.encode(answer)) ?? Data(#"{"ok":false}"#.utf8))
    }

    /// - Throws: `ControlFailure` if the daemon refused or failed.
    package func check() throws {
        let outcome = try ControlJSON.decode(Outcome.self, from: line)
        guard outcome.ok else {
            throw ControlFailure(
                error: outcome.error ?? "the daemon gave no reason", remedy: outcome.remedy, kind: outcome.kind)
        }
    }

    /// What the daemon put under `result`.
    ///
    /// - Throws: `ControlFailure` if the daemon refused or failed, `DecodingError` if `result` is something else.
    package func result<Result: Decodable>(as type: Result.Type = Result.self) throws -> Result {
        try check()
        return try ControlJSON.decode(Payload<Result>.self, from: line).result
    }

    private struct Success<Result: Encodable>: Encodable {
        var ok = true
        var result: Result
    }

    private struct Payload<Result: Decodable>: Decodable {
        var result: Result
    }

    private struct Outcome: Codable {
        var ok: Bool
        var error: String?
        var remedy: String?
        var kind: ControlFailure.Kind?
    }
}

/// Why the daemon did not do what it was asked.
package struct ControlFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package var error: String
    /// What a person can do about it.
    package var remedy: String?
    /// nil: nothing that a program would tell from other failures.
    package var kind: Kind?

    package enum Kind: String, Codable, Sendable {
        /// The policy file has errors; `error` has a line for each complaint.
        case invalidPolicy = "invalid-policy"
    }

    package init(error: String, remedy: String? = nil, kind: Kind? = nil) {
        self.error = error
        self.remedy = remedy
        self.kind = kind
    }

    package var description: String { error }
}
