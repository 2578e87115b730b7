import Policy

extension FlowKey: TextValue {
    /// `udp 10.0.0.1:4000 > 10.0.0.2:7001`, `tcp [2001:db8::1]:4000 > [2001:db8::2]:22`, `icmp 10.0.0.1 > 10.0.0.2`,
    /// `47 10.0.0.1 > 10.0.0.2`, and `arp` for whatever is not IP.
    ///
    /// May follow in any order: `dscp EF`; `fragment`, a later one, which has no ports; `payload 00ff`, what comes
    /// after a UDP header, in hexadecimal.
    package init(parsing text: String) throws(ValueError) {
        // Bytes, not characters: tens of thousands of flows a second are read.
        var words = text.utf8.split { $0 == 0x20 || 0x09...0x0D ~= $0 }.map { String(Substring($0)) }[...]
        if words == ["arp"] {
            self = .notIP
            return
        }
        guard words.count >= 4, words[2] == ">" else {
            throw ValueError("this is not a flow", remedy: "write one such as udp 10.0.0.1:4000 > 10.0.0.2:7001")
        }
        let head = [words.removeFirst(), words.removeFirst(), words.removeFirst(), words.removeFirst()]
        let ipProtocol = try IPProtocol.parse(head[0].lowercased())
        let options = try Options(words)
        let hasPorts = IPProtocol.withPorts.contains(ipProtocol) && !options.isFragment
        let source = try Endpoint(head[1], hasPort: hasPorts)
        let destination = try Endpoint(head[3], hasPort: hasPorts)
        guard source.address.isIPv4 == destination.address.isIPv4 else {
            throw ValueError("\(source.address) and \(destination.address) are not of one IP version")
        }
        guard options.payload.isEmpty || ipProtocol == IPProtocol.udp && hasPorts else {
            throw ValueError("only a UDP packet's payload is looked at, and no later fragment's")
        }
        self.init(
            ip: IP(
                ipProtocol: ipProtocol, source: source.address, destination: destination.address,
                ports: hasPorts ? Ports(source: source.port, destination: destination.port) : nil,
                dscp: options.dscp, payload: options.payload))
    }

    package var description: String {
        guard let ip else { return "arp" }
        var words = [IPProtocol.name(ip.ipProtocol)]
        words.append(Endpoint(ip.source, ip.ports?.source).description)
        words.append(">")
        words.append(Endpoint(ip.destination, ip.ports?.destination).description)
        if ip.dscp != 0 { words += ["dscp", DSCP.name(ip.dscp)] }
        if ip.ports == nil, IPProtocol.withPorts.contains(ip.ipProtocol) { words.append("fragment") }
        if !ip.payload.isEmpty {
            words += ["payload", ip.payload.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()]
        }
        return words.joined(separator: " ")
    }
}

/// An address, with a port where the protocol has them.
private struct Endpoint: CustomStringConvertible {
    var address: IPAddress
    var port: UInt16 = 0
    private var hasPort: Bool

    init(_ address: IPAddress, _ port: UInt16?) {
        self.address = address
        self.port = port ?? 0
        hasPort = port != nil
    }

    init(_ text: String, hasPort: Bool) throws(ValueError) {
        self.hasPort = hasPort
        var host = text[...]
        if hasPort {
            guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
                let port = Self.port(text[text.index(after: colon)...]),
                // An IPv6 address has colons of its own.
                text[..<colon].last == "]" || !text[..<colon].utf8.contains(UInt8(ascii: ":"))
            else {
                throw ValueError(
                    "an address lacks its port", remedy: "write 10.0.0.1:4000 or [2001:db8::1]:4000, or add fragment")
            }
            self.port = port
            host = text[..<colon]
        }
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        address = try IPAddress(parsing: String(host))
    }

    /// Digits alone: no sign.
    private static func port(_ text: Substring) -> UInt16? {
        text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ? UInt16(text) : nil
    }

    var description: String {
        guard hasPort else { return address.description }
        return address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
}

private struct Options {
    var dscp: UInt8 = 0
    var isFragment = false
    var payload: [UInt8] = []

    init(_ words: ArraySlice<String>) throws(ValueError) {
        var words = words
        while let word = words.popFirst() {
            switch word {
            case "fragment": isFragment = true
            case "dscp": dscp = try DSCP.parse(words.popFirst() ?? "")
            case "payload": payload = try Self.bytes(words.popFirst() ?? "")
            default: throw ValueError("a flow may end in dscp NAME, fragment and payload HEX, and in nothing else")
            }
        }
    }

    private static func bytes(_ text: String) throws(ValueError) -> [UInt8] {
        let digits = text.compactMap { $0.isASCII ? $0.hexDigitValue : nil }
        guard digits.count == text.count, !digits.isEmpty, digits.count.isMultiple(of: 2) else {
            throw ValueError("a payload is an even number of hexadecimal digits", remedy: "write one such as 00ff")
        }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
