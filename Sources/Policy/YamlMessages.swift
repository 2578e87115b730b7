import Yams

/// Yams' own errors as complaints with a place.
struct YamlComplaint {
    let place: Place
    let message: String
    let remedy: String?

    init(_ error: any Error, in text: String) {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            place = mark.place
            message = "not YAML: " + problem + (context.map { " (\($0.text), line \($0.mark.line))" } ?? "")
            remedy = Self.remedy(problem, line: text.line(mark.line))
        case .reader(let problem, let offset, let value, _):
            place = text.place(atCharacter: offset ?? 0)
            message = "not YAML: \(problem)" + (value < 0 ? "" : " (U+\(String(value, radix: 16, uppercase: true)))")
            remedy = "write the file in UTF-8, without control characters"
        case .duplicatedKeysInMapping(let names, let context):
            place = context.mark.place
            message = "the key \(quoted(names.first ?? "")) is given twice"
            remedy = "keep one of them"
        case let other:
            place = Place(line: 1, column: 1)
            message = "not YAML: \(other.map(String.init(describing:)) ?? String(describing: error))"
            remedy = nil
        }
    }

    private static func remedy(_ problem: String, line: Substring?) -> String? {
        if problem.contains("another document") { return "a file holds one policy: remove what follows the ---" }
        if problem.contains("undefined alias") || problem.contains("alphabetic or numeric character") {
            return "write the value out, in quotes if it begins with *"
        }
        if let line, line.prefix(while: \.isWhitespace).contains("\t") { return "indent with spaces, not with tabs" }
        return nil
    }
}

extension Mark {
    var place: Place { Place(line: line, column: column) }
}

extension Node {
    /// Composed nodes always have a mark.
    var place: Place { mark?.place ?? Place(line: 1, column: 1) }
}

extension String {
    /// The breaks that libyaml counts as line ends.
    private static let breaks: Set<Unicode.Scalar> = ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"]

    fileprivate func line(_ number: Int) -> Substring? {
        guard let start = index(of: Place(line: number, column: 1)) else { return nil }
        return self[start...].prefix { !$0.isNewline }
    }

    fileprivate func place(atCharacter offset: Int) -> Place {
        var place = Place(line: 1, column: 1)
        for character in prefix(offset) {
            place =
                character.isNewline
                ? Place(line: place.line + 1, column: 1)
                : Place(line: place.line, column: place.column + character.unicodeScalars.count)
        }
        return place
    }

    /// Where a place is in the text; nil if the text is shorter.
    func index(of place: Place) -> String.Index? {
        let scalars = unicodeScalars
        var (line, index) = (1, startIndex)
        while line < place.line {
            guard index < endIndex else { return nil }
            let scalar = scalars[index]
            index = scalars.index(after: index)
            if scalar == "\r", index < endIndex, scalars[index] == "\n" { index = scalars.index(after: index) }
            if Self.breaks.contains(scalar) { line += 1 }
        }
        return scalars.index(index, offsetBy: max(place.column, 1) - 1, limitedBy: endIndex)
    }
}
