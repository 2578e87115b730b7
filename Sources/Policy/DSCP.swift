/// The names of Differentiated Services code points: RFC 2474 (CS), 2597 (AF), 3246 (EF), 5865 (VA), 8622 (LE).
package enum DSCP {
    private static let values: [String: UInt8] = {
        var values: [String: UInt8] = ["LE": 1, "VA": 44, "EF": 46]
        for number: UInt8 in 0..<8 { values["CS\(number)"] = number << 3 }
        for group: UInt8 in 1...4 {
            for precedence: UInt8 in 1...3 { values["AF\(group)\(precedence)"] = group << 3 | precedence << 1 }
        }
        return values
    }()
    private static let names = Dictionary(uniqueKeysWithValues: values.map { ($1, $0) })

    /// A name in upper or lower case, or 0...63.
    package static func parse(_ text: String) throws(ValueError) -> UInt8 {
        if let value = values[text.uppercased()] { return value }
        guard text.utf8.allSatisfy(DecimalNumber.isDigit), let value = UInt8(text), value < 64 else {
            throw ValueError("\(quoted(text)) is not a DSCP", remedy: "write EF, AF11-AF43, CS0-CS7, LE, VA or 0-63")
        }
        return value
    }

    /// `EF` for 46; a number where there is no name.
    package static func name(_ value: UInt8) -> String { names[value] ?? String(value) }
}
