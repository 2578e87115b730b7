extension IPAddress: TextValue {
    /// `192.0.2.1`, `2001:db8::1`, or an IPv4 address in IPv6 form. Four plain decimal bytes only: leading zeros, which
    /// some readers take for octal, are refused.
    package init(parsing text: String) throws(ValueError) {
        if let number = Self.parseV4(text[...]) {
            self.init(v4: number)
        } else if let groups = Self.parseV6(text) {
            self.init(high: Self.number(groups[..<4]), low: Self.number(groups[4...]))
        } else {
            throw ValueError(
                "\(quoted(text)) is not an IPv4 or IPv6 address", remedy: "write one such as 192.0.2.1 or 2001:db8::1")
        }
    }

    /// IPv4 dotted, IPv6 as RFC 5952 recommends.
    package var description: String {
        if isIPv4 { return (0..<4).map { String(low >> (24 - 8 * $0) & 0xFF) }.joined(separator: ".") }
        let groups = (0..<8).map { ($0 < 4 ? high : low) >> (48 - 16 * ($0 % 4)) & 0xFFFF }
        let texts = groups.map { String($0, radix: 16) }
        guard let zeros = Self.longestZeros(groups) else { return texts.joined(separator: ":") }
        return texts[..<zeros.lowerBound].joined(separator: ":") + "::"
            + texts[zeros.upperBound...].joined(separator: ":")
    }

    private static func parseV4(_ text: Substring) -> UInt32? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard part.allSatisfy(DecimalNumber.isDigit), part.count == 1 || part.first != UInt8(ascii: "0"),
                let byte = UInt8(Substring(part))
            else { return nil }
            number = number << 8 | UInt32(byte)
        }
        return number
    }

    private static func parseV6(_ text: String) -> [UInt16]? {
        // The longest form has 45 characters: no more work than that for a hostile one.
        guard text.utf8.count <= 45 else { return nil }
        guard let gap = text.firstRange(of: "::") else {
            return parseGroups(text[...]).flatMap { $0.count == 8 ? $0 : nil }
        }
        guard let head = parseGroups(text[..<gap.lowerBound], endsInV4: false),
            let tail = parseGroups(text[gap.upperBound...]), head.count + tail.count <= 7
        else { return nil }
        return head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail
    }

    private static func parseGroups(_ text: Substring, endsInV4: Bool = true) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if endsInV4, index == parts.count - 1, let number = parseV4(part) {
                groups += [UInt16(number >> 16), UInt16(truncatingIfNeeded: number)]
            } else if (1...4).contains(part.utf8.count), part.allSatisfy({ $0.isASCII && $0.isHexDigit }),
                let group = UInt16(part, radix: 16)
            {
                groups.append(group)
            } else {
                return nil
            }
        }
        return groups
    }

    private static func number(_ groups: ArraySlice<UInt16>) -> UInt64 { groups.reduce(0) { $0 << 16 | UInt64($1) } }

    /// The first of the longest runs of at least two zero groups.
    private static func longestZeros(_ groups: [UInt64]) -> Range<Int>? {
        var best = 0..<1
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > best.count { best = start..<index }
            start = index + 1
        }
        return best.count > 1 ? best : nil
    }
}

extension Prefix: TextValue {
    /// `10.0.0.0/24`, `2001:db8::/32`, or one address.
    package init(parsing text: String) throws(ValueError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = try? IPAddress(parsing: String(parts[0])) else {
            throw ValueError("\(quoted(text)) is not an address prefix", remedy: "write one such as 10.0.0.0/24")
        }
        guard parts.count == 2 else {
            self.init(address: address, length: 128)
            return
        }
        let isDotted = !parts[0].contains(":")
        let longest: UInt8 = isDotted ? 32 : 128
        guard parts[1].utf8.allSatisfy(DecimalNumber.isDigit), let given = UInt8(parts[1]), given <= longest else {
            throw ValueError("\(quoted(text)) has no length between 0 and \(longest) after the slash")
        }
        let prefix = Prefix(of: address, length: isDotted ? 96 + given : given)
        guard prefix.address == address else {
            throw ValueError(
                "\(quoted(text)) has bits set after its length",
                remedy: "write \(prefix), or \(Prefix(address: address, length: 128)) for the one address")
        }
        self = prefix
    }

    package var description: String { "\(address)/\(address.isIPv4 ? length - 96 : length)" }
}

extension MACAddress: TextValue {
    /// `02:00:00:00:00:07`, with colons or hyphens.
    package init(parsing text: String) throws(ValueError) {
        let parts = text.split(maxSplits: 6, omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
        let bytes = parts.compactMap { part in
            part.utf8.count == 2 && part.allSatisfy { $0.isASCII && $0.isHexDigit } ? UInt64(part, radix: 16) : nil
        }
        guard parts.count == 6, bytes.count == 6 else {
            throw ValueError("\(quoted(text)) is not an Ethernet address", remedy: "write one like 02:00:00:00:00:07")
        }
        self.init(value: bytes.reduce(0) { $0 << 8 | $1 })
    }

    package var description: String {
        (0..<6).map { index in
            let byte = String(value >> (40 - 8 * index) & 0xFF, radix: 16)
            return byte.count == 1 ? "0" + byte : byte
        }.joined(separator: ":")
    }
}
