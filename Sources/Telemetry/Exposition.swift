/// Prometheus' text exposition format, version 0.0.4.
package enum Exposition {
    /// The `Content-Type` of what `render` returns.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The page Prometheus reads. Families and samples keep their order.
    ///
    /// Prometheus rejects a page as a whole for one bad name, so a debug build stops at anything `problems(in:)` finds.
    package static func render(_ families: [MetricFamily]) -> String {
        assert(problems(in: families).isEmpty, problems(in: families).joined(separator: "; "))
        var page = ""
        for family in families {
            page += "# HELP \(family.name) \(escapeHelp(family.help))\n# TYPE \(family.name) \(family.kind.rawValue)\n"
            for sample in family.samples { append(sample, of: family.name, to: &page) }
        }
        return page
    }

    private static func append(_ sample: MetricFamily.Sample, of name: String, to page: inout String) {
        let labels = sample.labels.map { "\($0)=\"\(escapeLabel($1))\"" }.joined(separator: ",")
        func line(_ suffix: String, _ labels: String, _ value: String) {
            page += name
            page += suffix
            if !labels.isEmpty {
                page += "{"
                page += labels
                page += "}"
            }
            page += " "
            page += value
            page += "\n"
        }
        switch sample.value {
        case .integer(let value): line("", labels, String(value))
        case .real(let value): line("", labels, number(value))
        case .histogram(let histogram):
            let prefix = labels.isEmpty ? "" : labels + ","
            // Buckets are cumulative on the page, and the one without a bound is the count.
            var count: UInt64 = 0
            for (bound, inBucket) in zip(histogram.bounds + [.infinity], histogram.counts) {
                count += inBucket
                line("_bucket", "\(prefix)le=\"\(number(bound))\"", String(count))
            }
            line("_sum", labels, number(histogram.sum))
            line("_count", labels, String(count))
        }
    }

    /// Whole numbers without point or exponent, as people expect them; the rest as Go's `ParseFloat` reads it back.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Beyond 2^53 a Double no longer tells whole numbers apart.
        return value.rounded() == value && abs(value) <= 0x1p53 ? String(Int64(value)) : "\(value)"
    }

    static func escapeHelp(_ text: String) -> String { escape(text, quotes: false) }

    static func escapeLabel(_ text: String) -> String { escape(text, quotes: true) }

    private static func escape(_ text: String, quotes: Bool) -> String {
        let special: (UInt8) -> Bool = {
            $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\n") || (quotes && $0 == UInt8(ascii: "\""))
        }
        // Nearly every value is a plain name.
        guard text.utf8.contains(where: special) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
