import Yams

/// A mapping of the file whose keys are known: reads their values, and complains about everything that is not one.
struct Section {
    let place: Place
    /// What it is, for people: `slice "perp"`.
    let title: String
    let report: Report
    private let document: Document
    private let values: [String: Node]

    /// nil, and reported, if the node is no mapping.
    init?(_ node: Node, _ kind: String, keys: [String], in document: Document) {
        guard let pairs = document.pairs(node, kind) else { return nil }
        let name = pairs.first { $0.key == "name" }?.value.scalar?.string
        let title = name.map { "\(kind) \(quoted($0))" } ?? kind
        var values: [String: Node] = [:]
        for (key, place, value) in pairs {
            if keys.contains(key) {
                values[key] = value
            } else {
                let remedy = nearest(to: key, among: keys).map { "did you mean \(quoted($0))?" }
                document.report.error(
                    place, "unknown key \(quoted(key)) in \(title)",
                    remedy: remedy ?? "its keys are " + keys.joined(separator: ", "))
            }
        }
        self.title = title
        self.values = values
        self.document = document
        place = node.place
        report = document.report
    }

    func has(_ key: String) -> Bool { values[key] != nil }

    /// A scalar as it stands, unread and unreported.
    func text(_ key: String) -> String? { values[key]?.scalar?.string }

    /// Of the value, or of the section if it has none.
    func place(of key: String) -> Place { values[key]?.place ?? place }

    /// A mapping within this one; nil if it is absent, or no mapping and reported.
    func section(_ key: String, _ kind: String, keys: [String]) -> Section? {
        values[key].flatMap { Section($0, kind, keys: keys, in: document) }
    }

    /// The mappings of a list.
    func sections(_ key: String, _ kind: String, keys: [String]) -> [Section] {
        list(key).compactMap { Section($0, kind, keys: keys, in: document) }
    }

    /// A mapping whose keys are names of the file's own.
    func pairs(_ key: String) -> [(key: String, place: Place, value: Node)] {
        values[key].flatMap { document.pairs($0, "\(key) of \(title)") } ?? []
    }

    /// One of those, or an element of `list`, as a mapping.
    func section(_ node: Node, _ kind: String, keys: [String]) -> Section? {
        Section(node, kind, keys: keys, in: document)
    }

    /// Whether the key is there; reported if not.
    func requires(_ key: String) -> Bool {
        if has(key) { return true }
        report.error(place, "\(title) has no \(quoted(key))", remedy: "add the key \(key)")
        return false
    }

    /// nil if the key is absent, or its value wrong and reported.
    func value<Value>(_ key: String, _ parse: (String) throws(ValueError) -> Value) -> Value? {
        values[key].flatMap { read($0, key, parse) }
    }

    /// As `value`, but absence is an error.
    func required<Value>(_ key: String, _ parse: (String) throws(ValueError) -> Value) -> Value? {
        requires(key) ? value(key, parse) : nil
    }

    /// The elements of a list; none if the key is absent or its value no list.
    func list(_ key: String) -> [Node] {
        guard let node = values[key] else { return [] }
        if case .sequence(let sequence) = node { return Array(sequence) }
        report.error(node.place, "\(key) of \(title) is \(node.kindText), not a list", remedy: "write \(key): [...]")
        return []
    }

    /// One value or a list of values.
    func values<Value>(_ key: String, _ parse: (String) throws(ValueError) -> Value) -> [Value] {
        switch values[key] {
        case nil: return []
        case .sequence(let sequence)?:
            if sequence.isEmpty {
                report.error(place(of: key), "\(key) of \(title) is an empty list", remedy: "remove it")
            }
            return sequence.compactMap { read($0, key, parse) }
        case let node?: return read(node, key, parse).map { [$0] } ?? []
        }
    }

    /// A scalar's value; nil, and reported, if it is wrong.
    func read<Value>(_ node: Node, _ key: String, _ parse: (String) throws(ValueError) -> Value) -> Value? {
        guard case .scalar(let scalar) = node else {
            report.error(node.place, "\(key) of \(title) is \(node.kindText), not one value")
            return nil
        }
        do {
            return try parse(scalar.string)
        } catch {
            report.error(node.place, "\(key) of \(title): \(error.message)", remedy: error.remedy)
            return nil
        }
    }
}

extension Document {
    /// A mapping's pairs in file order, each key once; nil, and reported, if the node is no mapping.
    func pairs(_ node: Node, _ title: String) -> [(key: String, place: Place, value: Node)]? {
        guard case .mapping(let mapping) = node else {
            report.error(node.place, "\(title) is \(node.kindText), not a mapping of keys to values")
            return nil
        }
        var lines: [String: Int] = [:]
        var pairs: [(String, Place, Node)] = []
        for (keyNode, value) in mapping {
            guard let key = key(keyNode) else {
                report.error(keyNode.place, "a key of \(title) is \(keyNode.kindText), not a word")
                continue
            }
            if let line = lines.updateValue(keyNode.place.line, forKey: key) {
                report.error(
                    keyNode.place, "the key \(quoted(key)) of \(title) is given twice, first on line \(line)",
                    remedy: "keep one of them")
            } else {
                pairs.append((key, keyNode.place, value))
            }
        }
        return pairs
    }
}

extension Node {
    var isScalar: Bool { scalar != nil }

    /// What it is, for people.
    var kindText: String {
        switch self {
        case .scalar(let scalar): scalar.string.isEmpty ? "empty" : quoted(scalar.string)
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
