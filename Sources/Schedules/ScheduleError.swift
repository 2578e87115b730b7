/// Why a text says no time, and what to write instead.
package struct ScheduleError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, with the text.
    package var message: String
    package var remedy: String?

    init(_ message: String, remedy: String? = nil) {
        self.message = message
        self.remedy = remedy
    }

    package var description: String { remedy.map { "\(message); \($0)" } ?? message }
}

/// A foreign text as a message may show it: short, and without characters that would write on a terminal.
func quoted(_ text: some StringProtocol) -> String {
    let shown = String(String.UnicodeScalarView(text.unicodeScalars.prefix(60)))
    return (shown.utf8.count < text.utf8.count ? shown + "..." : shown).debugDescription
}
