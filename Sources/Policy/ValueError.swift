/// Why a text is not the value it should be, and what to write instead.
package struct ValueError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, with the text.
    package var message: String
    package var remedy: String?

    package init(_ message: String, remedy: String? = nil) {
        self.message = message
        self.remedy = remedy
    }

    package var description: String { remedy.map { "\(message); \($0)" } ?? message }
}

/// A value with one text form, in the policy file, on the command line and in JSON alike.
package protocol TextValue: Codable, Sendable, CustomStringConvertible {
    init(parsing text: String) throws(ValueError)
}

extension TextValue {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(parsing: container.decode(String.self))
        } catch let error as ValueError {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A foreign text as a message may show it: short, and without characters that would write on a terminal.
func quoted(_ text: some StringProtocol) -> String {
    let shown = String(String.UnicodeScalarView(text.unicodeScalars.prefix(60)))
    return (shown.utf8.count < text.utf8.count ? shown + "..." : shown).debugDescription
}
