extension BitRate: TextValue {
    private static let units: [(name: String, bits: UInt64)] = [
        ("gbit", 1_000_000_000), ("mbit", 1_000_000), ("kbit", 1000), ("bit", 1),
    ]

    /// `200mbit`, `1.5gbit`, in upper or lower case.
    package init(parsing text: String) throws(ValueError) {
        try self.init(parsing: text, remedy: "write a decimal number of bit, kbit, mbit or gbit, such as 200mbit")
    }

    fileprivate init(parsing text: String, remedy: String) throws(ValueError) {
        let (number, name) = DecimalNumber.splitUnit(text)
        let unit = Self.units.first { $0.name == name }
        do throws(DecimalNumber.Failure) {
            guard let unit else { throw .malformed }
            self.init(bitsPerSecond: try DecimalNumber.parse(number, unit: unit.bits))
        } catch {
            switch error {
            case .malformed: throw ValueError("\(quoted(text)) is not a rate", remedy: remedy)
            case .tooFine: throw ValueError("\(quoted(text)) is finer than one bit a second")
            case .overflow: throw ValueError("\(quoted(text)) is more than 64 bits can count")
            }
        }
    }

    /// Exact, in the largest unit that is not above it: `190mbit`, `61.275mbit`.
    package var description: String {
        let unit = Self.units.first { bitsPerSecond >= $0.bits } ?? ("bit", 1)
        return DecimalNumber.text(bitsPerSecond, unit: unit.bits) + unit.name
    }
}

extension Share: TextValue {
    /// `25%`, with at most six decimals, or a rate.
    package init(parsing text: String) throws(ValueError) {
        guard text.last == "%" else {
            self = .rate(try BitRate(parsing: text, remedy: "write a rate or a percentage, such as 20mbit or 25%"))
            return
        }
        self = .percent(try Self.percent(parsing: text))
    }

    /// `5%`, 0...100.
    package static func percent(parsing text: String) throws(ValueError) -> Double {
        guard text.last == "%", let millionths = try? DecimalNumber.parse(text.dropLast(), unit: 1_000_000) else {
            throw ValueError("\(quoted(text)) is not a percentage", remedy: "write a decimal number and %, such as 5%")
        }
        guard millionths <= 100_000_000 else { throw ValueError("\(quoted(text)) is more than 100%") }
        return Double(millionths) / 1_000_000
    }

    /// Of something, and not a rate.
    package var isPart: Bool { if case .percent = self { true } else { false } }

    /// Whether both are rates, or both parts: only then is there a way from one to the other in steps.
    package func isOfKind(of other: Share) -> Bool { isPart == other.isPart }

    package var description: String {
        switch self {
        case .rate(let rate): rate.description
        case .percent(let percent): Self.text(percent: percent)
        }
    }

    package static func text(percent: Double) -> String {
        DecimalNumber.text(UInt64((min(max(percent, 0), 100) * 1_000_000).rounded()), unit: 1_000_000) + "%"
    }
}

extension Duration {
    private static let units: [(name: String, nanoseconds: UInt64)] = [
        ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000),
    ]

    /// `20ms`, `300s`, `5m`, `1.5h`.
    package init(parsing text: String) throws(ValueError) {
        let (number, name) = DecimalNumber.splitUnit(text)
        guard let unit = Self.units.first(where: { $0.name == name }),
            let parsed = try? DecimalNumber.parse(number, unit: unit.nanoseconds), let count = Int64(exactly: parsed)
        else {
            throw ValueError("\(quoted(text)) is not a duration", remedy: "write a number of ms, s, m or h, like 20ms")
        }
        self = .nanoseconds(count)
    }

    /// In the largest unit that divides it, `20ms` or `5m`; what is finer than a millisecond as its decimals.
    package var unitText: String {
        let (seconds, attoseconds) = components
        let fraction = UInt64(clamping: attoseconds / 1_000_000_000)
        let nanoseconds = UInt64(clamping: seconds) &* 1_000_000_000 &+ fraction
        for unit in Self.units where nanoseconds > 0 && nanoseconds.isMultiple(of: unit.nanoseconds) {
            return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
        }
        return DecimalNumber.text(nanoseconds, unit: 1_000_000) + "ms"
    }
}
