import CBPF

/// What the file may call things.
enum Name {
    /// A node: part of device, socket and directory names. `[a-z0-9][a-z0-9-]*`.
    static func node(_ text: String) throws(ValueError) -> String {
        let longest = Int(SHAPER_MAX_NODE_NAME.rawValue)
        guard let first = text.utf8.first, first != UInt8(ascii: "-"), text.utf8.count <= longest,
            text.utf8.allSatisfy({ isLower($0) || DecimalNumber.isDigit($0) || $0 == UInt8(ascii: "-") })
        else {
            throw ValueError(
                "\(quoted(text)) is no name for a node",
                remedy:
                    "write 1 to \(longest) of a-z, 0-9 and -, not beginning with -: the tunnel device is named sh-NODE")
        }
        return text
    }

    /// A class, slice or peer. `[A-Za-z0-9][A-Za-z0-9._-]*`.
    static func word(_ text: String) throws(ValueError) -> String {
        guard let first = text.utf8.first, isLetterOrDigit(first), text.utf8.count <= 63,
            text.utf8.allSatisfy({ isLetterOrDigit($0) || "._-".utf8.contains($0) })
        else {
            throw ValueError(
                "\(quoted(text)) is no name",
                remedy: "write 1 to 63 of A-Z, a-z, 0-9, ., _ and -, beginning with a letter or digit")
        }
        return text
    }

    /// A network interface, by the kernel's own rule (`dev_valid_name`).
    static func interface(_ text: String) throws(ValueError) -> String {
        guard (1...15).contains(text.utf8.count), text != ".", text != "..",
            !text.unicodeScalars.contains(where: { "/:".unicodeScalars.contains($0) || $0.properties.isWhitespace })
        else {
            throw ValueError(
                "\(quoted(text)) is no interface name", remedy: "write 1 to 15 characters without /, : and spaces")
        }
        return text
    }

    /// A group of this machine's users, by useradd's rule.
    static func group(_ text: String) throws(ValueError) -> String {
        guard let first = text.utf8.first, isLower(first) || first == UInt8(ascii: "_"), text.utf8.count <= 32,
            text.utf8.allSatisfy({ isLower($0) || DecimalNumber.isDigit($0) || "_-".utf8.contains($0) })
        else {
            throw ValueError(
                "\(quoted(text)) is no name of a group",
                remedy: "write 1 to 32 of a-z, 0-9, _ and -, beginning with a letter")
        }
        return text
    }

    private static func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        isLower(byte | 0x20) || DecimalNumber.isDigit(byte)
    }
}

/// The names of one kind that the file gives: each once, and references only to them.
final class Names {
    /// `slice`, `class`, for people.
    private let kind: String
    private let report: Report
    private var lines: [String: Int] = [:]
    /// Searching thousands of names is slow: after this many unknown ones the remedy stops guessing.
    private var guesses = 10

    init(_ kind: String, report: Report) {
        self.kind = kind
        self.report = report
    }

    func add(_ name: String, at place: Place) {
        if let line = lines[name] {
            report.error(
                place, "two \(kind) entries are named \(quoted(name)), the first on line \(line)", remedy: "rename one")
        } else {
            lines[name] = place.line
        }
    }

    /// Whether the name is known; reported if not.
    func resolves(_ name: String, at place: Place) -> Bool {
        if lines[name] != nil { return true }
        guesses -= 1
        let guess = guesses < 0 ? nil : nearest(to: name, among: lines.keys.sorted())
        let known = lines.keys.sorted().prefix(8).joined(separator: ", ")
        let fallback = lines.isEmpty ? nil : "known are \(known)\(lines.count > 8 ? ", ..." : "")"
        report.error(
            place, "unknown \(kind) \(quoted(name))",
            remedy: guess.map { "did you mean \(quoted($0))?" } ?? fallback)
        return false
    }
}
