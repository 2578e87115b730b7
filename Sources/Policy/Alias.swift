/// A YAML alias, found in the text before Yams sees it: Yams hashes every mapping key, and a key made of aliases to
/// aliases to aliases takes exponential time.
struct Alias {
    let name: Substring
    let place: Place

    /// The first `*name` whose `&name` occurs too. In quotes it is none, but no value of a policy has one there.
    static func first(in text: String) -> Alias? {
        guard text.utf8.contains(UInt8(ascii: "*")) else { return nil }
        var anchors: Set<Substring> = []
        var aliases: [Alias] = []
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, line) in lines.enumerated() {
            let scalars = withoutComment(line).unicodeScalars
            for (index, column) in zip(scalars.indices, 1...) where scalars[index] == "*" || scalars[index] == "&" {
                let name = scalars[index...].dropFirst().prefix(while: isNamePart)
                if scalars[index] == "&" {
                    anchors.insert(Substring(name))
                } else {
                    aliases.append(Alias(name: Substring(name), place: Place(line: number + 1, column: column)))
                }
            }
        }
        return aliases.first { !$0.name.isEmpty && anchors.contains($0.name) }
    }

    /// Without its comment, if that is certainly one: in quotes a `#` is none, but then a quote follows to close them.
    private static func withoutComment(_ line: Substring) -> Substring {
        let scalars = line.unicodeScalars
        var before: Unicode.Scalar = " "
        for index in scalars.indices {
            if scalars[index] == "#", before == " " || before == "\t",
                !scalars[index...].contains(where: { $0 == "\"" || $0 == "'" })
            {
                return line[..<index]
            }
            before = scalars[index]
        }
        return line
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            || scalar == "-" || scalar == "_"
    }
}
