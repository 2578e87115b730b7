extension Exposition {
    /// What Prometheus or its naming conventions would object to, a sentence each; empty if nothing.
    ///
    /// For tests and debug builds: names are written in this program, so nothing here depends on input.
    package static func problems(in families: [MetricFamily]) -> [String] {
        var problems: [String] = []
        var series: Set<String> = []
        for family in families {
            for name in seriesNames(of: family) where !series.insert(name).inserted {
                problems.append("\(name) is in two families")
            }
            problems += problemsOfName(family)
            var seen: Set<[String]> = []
            for sample in family.samples {
                problems += problemsOfLabels(sample, in: family)
                problems += problemsOfValue(sample.value, in: family)
                if !seen.insert(sample.labels.map { "\($0)=\($1)" }.sorted()).inserted {
                    problems.append("\(family.name) has two samples with the labels \(sample.labels)")
                }
            }
        }
        return problems
    }

    private static func seriesNames(of family: MetricFamily) -> [String] {
        family.kind == .histogram ? ["", "_bucket", "_sum", "_count"].map { family.name + $0 } : [family.name]
    }

    private static func problemsOfName(_ family: MetricFamily) -> [String] {
        var problems: [String] = []
        // The grammar also has colons, which are for recording rules.
        if !isName(family.name) { problems.append("\"\(family.name)\" is not a metric name") }
        if family.help.isEmpty { problems.append("\(family.name) has no help") }
        if (family.kind == .counter) != family.name.hasSuffix("_total") {
            problems.append("\(family.name) is a \(family.kind): counters, and only they, end in _total")
        }
        return problems
    }

    private static func problemsOfLabels(_ sample: MetricFamily.Sample, in family: MetricFamily) -> [String] {
        var problems: [String] = []
        var names: Set<String> = []
        for (name, _) in sample.labels {
            let reserved = name.hasPrefix("__") || (family.kind == .histogram && name == "le")
            if !isName(name) || reserved { problems.append("\"\(name)\" cannot be a label of \(family.name)") }
            if !names.insert(name).inserted { problems.append("\(family.name) has the label \(name) twice") }
        }
        return problems
    }

    private static func problemsOfValue(_ value: MetricFamily.Value, in family: MetricFamily) -> [String] {
        switch (family.kind, value) {
        case (.histogram, .histogram(let histogram)):
            let rises = zip(histogram.bounds, histogram.bounds.dropFirst()).allSatisfy { $0 < $1 }
            let fits = histogram.counts.count == histogram.bounds.count + 1
            return rises && fits ? [] : ["\(family.name) has a histogram whose bounds and counts do not fit"]
        case (.histogram, _), (_, .histogram):
            return ["\(family.name) is a \(family.kind), its value is not"]
        case (.counter, .real(let value)) where !(value >= 0):
            return ["\(family.name) is a counter of \(value)"]
        default: return []
        }
    }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`
    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
