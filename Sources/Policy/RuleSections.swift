import CBPF

/// A rule with its place, for the checks across rules.
struct PlacedRule {
    let rule: Rule
    let place: Place
}

extension PolicyParser {
    private static let ruleKeys = [
        "class", "slice", "protocol", "port", "sourcePort", "destinationPort", "prefix", "source", "destination",
        "dscp", "payload",
    ]

    static func readRules(_ root: Section, classNames: Names, sliceNames: Names) -> [PlacedRule] {
        let sections = root.sections("rules", "rule", keys: ruleKeys)
        let most = Int(SHAPER_MAX_RULES.rawValue)
        if sections.count > most {
            root.report.error(
                sections[most].place, "\(sections.count) rules are more than \(most)",
                remedy: "join some: ports and prefixes take lists")
        }
        let rules = sections.compactMap { readRule($0, classNames: classNames, sliceNames: sliceNames) }
        limitRulesOfSlices(rules, report: root.report)
        return rules
    }

    private static func readRule(_ section: Section, classNames: Names, sliceNames: Names) -> PlacedRule? {
        let className = section.required("class", Name.word)
        let slice = section.value("slice", Name.word)
        if let className { _ = classNames.resolves(className, at: section.place(of: "class")) }
        if let slice { _ = sliceNames.resolves(slice, at: section.place(of: "slice")) }
        let rule = Rule(
            line: section.place.line, className: className ?? "", slice: slice,
            ipProtocol: section.value("protocol", IPProtocol.parse),
            ports: section.values("port", PortRange.parse),
            sourcePorts: section.values("sourcePort", PortRange.parse),
            destinationPorts: section.values("destinationPort", PortRange.parse),
            prefixes: section.values("prefix", Prefix.init(parsing:)),
            sources: section.values("source", Prefix.init(parsing:)),
            destinations: section.values("destination", Prefix.init(parsing:)),
            dscps: section.values("dscp", DSCP.parse),
            payload: readPayload(section))
        checkProtocol(of: rule, section)
        // A rule for an unread slice would pass for one of every slice.
        return className == nil || section.has("slice") && slice == nil
            ? nil : PlacedRule(rule: rule, place: section.place)
    }

    private static func checkProtocol(of rule: Rule, _ section: Section) {
        let portKey = ["port", "sourcePort", "destinationPort"].first(where: section.has)
        if let portKey, let number = rule.ipProtocol, !IPProtocol.withPorts.contains(number) {
            section.report.error(
                section.place(of: "protocol"), "the rule has the key \(portKey), but protocol \(number) has no ports",
                remedy: "write protocol: tcp, udp or sctp, or none for all three")
        }
        if section.has("payload"), rule.ipProtocol != IPProtocol.udp, rule.ipProtocol != nil || !section.has("protocol")
        {
            section.report.error(
                section.place(of: "payload"), "the rule looks at the payload, which it can of UDP only",
                remedy: "write protocol: udp")
        }
    }

    private static func readPayload(_ rule: Section) -> Rule.PayloadTest? {
        guard let section = rule.section("payload", "payload", keys: ["offset", "width", "atLeast"]) else { return nil }
        let offset = section.required("offset", wholeNumber(0...1400 as ClosedRange<UInt16>))
        let width = section.required("width", payloadWidth)
        let atLeast = section.required("atLeast", wholeNumber(0...UInt64.max))
        guard let offset, let width, let atLeast else { return nil }
        let largest = UInt64.max >> (64 - 8 * UInt64(width))
        if atLeast > largest {
            section.report.error(
                section.place(of: "atLeast"), "\(atLeast) does not fit into \(width) bytes, so the rule never matches",
                remedy: "write at most \(largest), or a larger width")
        }
        return Rule.PayloadTest(offset: offset, width: width, atLeast: atLeast)
    }

    private static func payloadWidth(_ text: String) throws(ValueError) -> UInt8 {
        guard let width = UInt8(text), [1, 2, 4, 8].contains(width) else {
            throw ValueError("\(quoted(text)) is no width of a field", remedy: "write 1, 2, 4 or 8 (bytes)")
        }
        return width
    }

    /// A slice's rules are numbered in a vector of bits: its own and those for every slice.
    private static func limitRulesOfSlices(_ rules: [PlacedRule], report: Report) {
        let most = Int(SHAPER_MAX_SLICE_RULES.rawValue)
        let remedy = "join some: ports and prefixes take lists"
        let shared = rules.filter { $0.rule.slice == nil }
        if shared.count > most {
            report.error(
                shared[most].place, "\(shared.count) rules apply to every slice, more than \(most)", remedy: remedy)
            return
        }
        for (slice, own) in Dictionary(grouping: rules, by: \.rule.slice) {
            let count = shared.count + own.count
            guard let slice, count > most else { continue }
            report.error(
                own[most - shared.count].place,
                "\(count) rules apply to slice \(quoted(slice)) (\(shared.count) of them to every slice), more than \(most)",
                remedy: remedy)
        }
    }
}

/// IP protocols by name (IANA, "Assigned Internet Protocol Numbers").
package enum IPProtocol {
    package static let udp: UInt8 = 17
    /// Those whose port numbers rules can see: TCP, UDP and SCTP.
    package static let withPorts: Set<UInt8> = [6, udp, 132]
    /// The names people may write.
    package static let names: KeyValuePairs<String, UInt8> = [
        "tcp": 6, "udp": udp, "icmp": 1, "icmpv6": 58, "sctp": 132,
    ]

    /// A name in lower case, or 0...254: the kernel side keeps 255 for frames that are not IP.
    package static func parse(_ text: String) throws(ValueError) -> UInt8 {
        if let known = names.first(where: { $0.key == text }) { return known.value }
        guard let number = try? wholeNumber(0...254 as ClosedRange<UInt8>)(text) else {
            throw ValueError("\(quoted(text)) is no protocol", remedy: "write tcp, udp, icmp, icmpv6, sctp or 0 to 254")
        }
        return number
    }
}

enum PortRange {
    /// `9000` or `9100-9110`.
    static func parse(_ text: String) throws(ValueError) -> ClosedRange<UInt16> {
        let number = wholeNumber(1...UInt16.max)
        let ends = text.split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false).map {
            try? number(String($0))
        }
        guard ends.count <= 2, let first = ends.first, let low = first, let last = ends.last, let high = last else {
            throw ValueError(
                "\(quoted(text)) is neither a port nor a range of ports", remedy: "write 9000 or 9100-9110")
        }
        guard low <= high else {
            throw ValueError("\(quoted(text)) ends before it begins", remedy: "write \(high)-\(low)")
        }
        return low...high
    }
}
