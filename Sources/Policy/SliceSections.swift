import CBPF

/// Reads `slices`, with what must be unique across them.
struct SliceReader {
    private static let keys = ["name", "vni", "guarantee", "ceiling", "classes", "ports"]
    private let root: Section
    private let lanes: [String: Policy.Lane]
    private let classNames: Names
    private let names: Names
    private var vnis: [UInt32: Int] = [:]
    private var ports: PortReader

    init(_ root: Section, classes: [Policy.TrafficClass], classNames: Names, names: Names, underlay: Policy.Underlay?) {
        self.root = root
        lanes = Dictionary(classes.map { ($0.name, $0.lane) }, uniquingKeysWith: { first, _ in first })
        self.classNames = classNames
        self.names = names
        ports = PortReader(underlay: underlay, node: root.text("node"), report: root.report)
    }

    consuming func read() -> [Policy.Slice] {
        guard root.requires("slices") else { return [] }
        let sections = root.sections("slices", "slice", keys: Self.keys)
        if sections.isEmpty {
            root.report.error(
                root.place(of: "slices"), "there is no slice, so the node would carry nothing",
                remedy: "add one to slices")
        }
        limit(sections, to: SHAPER_MAX_SLICES, "slices are more than a node can have")
        limit(
            sections.filter { $0.has("guarantee") || $0.has("ceiling") }, to: SHAPER_MAX_QUOTA_SLICES,
            "slices with a guarantee or ceiling are more than there are queues for")
        var slices: [Policy.Slice] = []
        for section in sections {
            if let slice = readSlice(section) { slices.append(slice) }
        }
        return slices
    }

    private func limit(_ sections: [Section], to most: shaper_limits, _ message: String) {
        let most = Int(most.rawValue)
        guard sections.count > most else { return }
        root.report.error(sections[most].place, "\(sections.count) \(message)", remedy: "keep \(most)")
    }

    private mutating func readSlice(_ section: Section) -> Policy.Slice? {
        let name = section.required("name", Name.word)
        let vni = section.required("vni", wholeNumber(1...16_777_215 as ClosedRange<UInt32>))
        if let name {
            names.add(name, at: section.place(of: "name"))
            root.report.remember(
                .slice(name), at: section.place(of: section.has("guarantee") ? "guarantee" : "ceiling"))
        }
        if let vni, let line = vnis.updateValue(section.place(of: "vni").line, forKey: vni) {
            root.report.error(
                section.place(of: "vni"), "the VNI \(vni) is also that of the slice on line \(line)",
                remedy: "give each its own")
        }
        let slice = Policy.Slice(
            name: name ?? "", vni: vni ?? 0,
            guarantee: section.value("guarantee", Share.init(parsing:)),
            ceiling: section.value("ceiling", positiveShare), floorBase: nil,
            classes: readClasses(section, slice: name ?? ""),
            ports: ports.read(section))
        return name == nil || vni == nil ? nil : slice
    }

    private func readClasses(_ section: Section, slice: String) -> [String: Policy.ClassQuota] {
        if section.has("classes"), !section.has("guarantee"), !section.has("ceiling") {
            root.report.error(
                section.place(of: "classes"),
                "\(section.title) has class figures of its own, but no guarantee or ceiling",
                remedy: "give it one: slices without share their queues, so that their classes cannot differ")
        }
        var quotas: [String: Policy.ClassQuota] = [:]
        for (name, place, node) in section.pairs("classes") where classNames.resolves(name, at: place) {
            let kind = "class \(quoted(name)) of \(section.title)"
            guard let entry = section.section(node, kind, keys: ["guarantee", "ceiling"]) else { continue }
            root.report.remember(.trafficClass(name, slice: slice), at: place)
            quotas[name] = PolicyParser.readQuota(entry, lane: lanes[name])
        }
        return quotas
    }
}
