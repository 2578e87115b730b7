/// Parsers of single values, as `Section` takes them.
typealias Parse<Value> = (String) throws(ValueError) -> Value

/// Decimal, without signs, separators or leading zeros (which YAML 1.1 takes for octal).
func wholeNumber<Value: FixedWidthInteger>(_ range: ClosedRange<Value>) -> Parse<Value> {
    { text throws(ValueError) in
        guard text.utf8.allSatisfy(DecimalNumber.isDigit), text.utf8.count == 1 || text.first != "0",
            let value = Value(text), range.contains(value)
        else {
            throw ValueError(
                "\(quoted(text)) is not a whole number in range",
                remedy: "write \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}

/// A decimal number without sign, of at most six decimals: `2.5`.
func decimal(_ range: ClosedRange<Double>) -> Parse<Double> {
    { text throws(ValueError) in
        guard let millionths = try? DecimalNumber.parse(text, unit: 1_000_000),
            range.contains(Double(millionths) / 1_000_000)
        else {
            throw ValueError(
                "\(quoted(text)) is not a number in range",
                remedy: "write \(plain(range.lowerBound)) to \(plain(range.upperBound)), such as 2.5")
        }
        return Double(millionths) / 1_000_000
    }
}

/// A percentage of something that may be passed: `400%`.
func percentage(_ range: ClosedRange<Double>) -> Parse<Double> {
    { text throws(ValueError) in
        guard text.last == "%", let percent = try? decimal(range)(String(text.dropLast())) else {
            throw ValueError(
                "\(quoted(text)) is not a percentage in range",
                remedy: "write \(plain(range.lowerBound))% to \(plain(range.upperBound))%")
        }
        return percent
    }
}

/// `5` and `0.1`.
private func plain(_ number: Double) -> String { DecimalNumber.text(UInt64(number * 1_000_000), unit: 1_000_000) }

/// Refuses what lies outside of the range, which `name` prints.
func bounded<Value: Comparable>(
    _ range: ClosedRange<Value>, _ name: @escaping (Value) -> String, _ parse: @escaping Parse<Value>
) -> Parse<Value> {
    { text throws(ValueError) in
        let value = try parse(text)
        guard range.contains(value) else {
            throw ValueError(
                "\(quoted(text)) is out of range",
                remedy: "write \(name(range.lowerBound)) to \(name(range.upperBound))")
        }
        return value
    }
}

/// One of an enumeration's words.
func word<Value: RawRepresentable & CaseIterable>(_: Value.Type) -> Parse<Value> where Value.RawValue == String {
    { text throws(ValueError) in
        if let value = Value(rawValue: text) { return value }
        throw ValueError(
            "\(quoted(text)) is not known here",
            remedy: "write " + Value.allCases.map(\.rawValue).joined(separator: " or "))
    }
}

/// `true` and `false` only: YAML 1.1 also has `yes`, `on` and `n`, YAML 1.2 has not.
func boolean(_ text: String) throws(ValueError) -> Bool {
    switch text {
    case "true": return true
    case "false": return false
    default: throw ValueError("\(quoted(text)) is neither true nor false", remedy: "write true or false")
    }
}

/// A ceiling: a share above nothing.
func positiveShare(_ text: String) throws(ValueError) -> Share {
    let share = try Share(parsing: text)
    guard share != .rate(.zero), share != .percent(0) else {
        throw ValueError("\(quoted(text)) would let nothing pass", remedy: "write a ceiling above zero, or remove it")
    }
    return share
}

/// An address that one host can have.
func hostAddress(_ text: String) throws(ValueError) -> IPAddress {
    let address = try IPAddress(parsing: text)
    guard !address.isUnspecified, !address.isMulticast, !address.isLoopback else {
        let kind = address.isUnspecified ? "no" : address.isLoopback ? "a loopback" : "a multicast or broadcast"
        throw ValueError("\(quoted(text)) is \(kind) address", remedy: "write the address of one host on the underlay")
    }
    return address
}

/// `host:port`, an IPv6 host in brackets.
func endpoint(_ text: String) throws(ValueError) -> Policy.Metrics {
    let example = "write HOST:PORT, such as 127.0.0.1:9464 or \"[::1]:9464\""
    guard let colon = text.lastIndex(of: ":") else { throw ValueError("\(quoted(text)) has no port", remedy: example) }
    var host = String(text[..<colon])
    if host.first == "[", host.last == "]" {
        host = String(host.dropFirst().dropLast())
        guard host.contains(":"), (try? IPAddress(parsing: host)) != nil else {
            throw ValueError("\(quoted(text)) has no IPv6 address in its brackets", remedy: example)
        }
    } else {
        // Digits and dots alone are an address, and then a right one; anything else is a name to be resolved.
        let isNumeric = host.utf8.allSatisfy { DecimalNumber.isDigit($0) || $0 == UInt8(ascii: ".") }
        guard isNumeric ? (try? IPAddress(parsing: host)) != nil : (try? Name.word(host)) != nil else {
            throw ValueError("\(quoted(host)) is no host", remedy: example)
        }
    }
    do throws(ValueError) {
        return Policy.Metrics(
            host: host, port: try wholeNumber(1...UInt16.max)(String(text[text.index(after: colon)...])))
    } catch {
        throw ValueError("the port of \(quoted(text)) is not a number from 1 to 65535", remedy: example)
    }
}

/// An address that a tenant's host can have.
func tenantAddress(_ text: String) throws(ValueError) -> IPAddress {
    let address = try IPAddress(parsing: text)
    guard !address.isUnspecified, !address.isMulticast else {
        throw ValueError("\(quoted(text)) is no single host's address")
    }
    return address
}

/// A file by its whole path.
func absolutePath(_ text: String) throws(ValueError) -> String {
    guard text.first == "/", text.last != "/", !text.utf8.contains(0) else {
        throw ValueError(
            "\(quoted(text)) is not the whole path of a file", remedy: "write it from the root on: /DIR/FILE")
    }
    return text
}

/// The path of a Unix socket: the kernel takes 107 bytes, NIO 103, and of these it is given 12 for names beside it
/// (`.dry-run`, `.new`).
func socketPath(_ text: String) throws(ValueError) -> String {
    let (path, most) = (try absolutePath(text), 91)
    guard path.utf8.count <= most else {
        throw ValueError("\(quoted(text)) is longer than the \(most) bytes its path may have", remedy: "shorten it")
    }
    return path
}

/// `ws://HOST[:PORT][/PATH]` or `wss://...`.
func webSocketURL(_ text: String) throws(ValueError) -> String {
    let example = "write ws://HOST:PORT/PATH or wss://HOST/PATH"
    guard let scheme = ["ws://", "wss://"].first(where: text.hasPrefix) else {
        throw ValueError("\(quoted(text)) is no WebSocket's address", remedy: example)
    }
    let rest = text.dropFirst(scheme.utf8.count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    guard !rest.contains("@"), !rest.contains("#"), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
        throw ValueError("\(quoted(text)) has something that no WebSocket's address has", remedy: example)
    }
    let port = authority.last == "]" ? ":80" : authority.lastIndex(of: ":").map { authority[$0...] } ?? ":80"
    guard (try? endpoint(String(authority.dropLast(authority.hasSuffix(port) ? port.count : 0)) + port)) != nil else {
        throw ValueError("\(quoted(authority)) of \(quoted(text)) is no host", remedy: example)
    }
    return text
}
