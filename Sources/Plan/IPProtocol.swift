import Policy

/// IP protocols as people write them (IANA, "Assigned Internet Protocol Numbers").
enum IPProtocol {
    private static let numbers: [String: UInt8] = ["icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58, "sctp": 132]
    private static let names = Dictionary(uniqueKeysWithValues: numbers.map { ($1, $0) })

    static let udp: UInt8 = 17
    static let withPorts: Set<UInt8> = [6, 17, 132]

    static func parse(_ text: String) throws(ValueError) -> UInt8 {
        // 255 is reserved, and stands for frames that are not IP.
        guard let number = numbers[text.lowercased()] ?? UInt8(decimal: text[...]), number < 255 else {
            throw ValueError("a flow begins with tcp, udp, sctp, icmp, icmpv6, a protocol number below 255, or arp")
        }
        return number
    }

    static func name(_ number: UInt8) -> String { names[number] ?? String(number) }
}

extension FixedWidthInteger {
    /// Digits alone: no sign.
    init?(decimal text: Substring) {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        self.init(text)
    }
}
