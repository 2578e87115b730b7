import CBPF

extension PolicyParser {
    private static let classKeys = ["name", "lane", "guarantee", "ceiling", "floor", "dscp", "queue", "default"]
    /// HTB has eight priorities, and the first is the express leaf's.
    private static let mostQueued = 7

    static func readClasses(_ root: Section, names: Names) -> [Policy.TrafficClass] {
        guard root.requires("classes") else { return [] }
        let sections = root.sections("classes", "class", keys: classKeys)
        let classes = sections.compactMap { section in
            readClass(section, names: names).map { (section: section, value: $0) }
        }
        let most = Int(SHAPER_MAX_CLASSES.rawValue)
        if sections.count > most {
            root.report.error(
                sections[most].place, "\(sections.count) classes are more than \(most)", remedy: "join some")
        }
        let queued = classes.filter { $0.value.lane == .queue }
        if queued.count > mostQueued {
            root.report.error(
                queued[mostQueued].section.place, "\(queued.count) queued classes are more than \(mostQueued)",
                remedy: "join some: each has a priority of its own, and there are no more")
        }
        // A class whose default is wrong, or that is wrong itself, may be the one.
        let mayBeDefault = sections.contains { $0.has("default") && $0.text("default") != "false" }
        checkDefault(classes, mayBeDefault: mayBeDefault, root: root)
        return classes.map(\.value)
    }

    private static func readClass(_ section: Section, names: Names) -> Policy.TrafficClass? {
        let name = section.required("name", Name.word)
        let lane = section.value("lane", word(Policy.Lane.self)) ?? .queue
        let queues = bounded(.milliseconds(1) ... .seconds(10), \.unitText, Duration.init(parsing:))
        let trafficClass = Policy.TrafficClass(
            name: name ?? "", lane: lane,
            guarantee: section.value("guarantee", Share.init(parsing:)),
            ceiling: section.value("ceiling", positiveShare),
            dscp: section.value("dscp", DSCP.parse),
            queue: section.value("queue", queues) ?? .milliseconds(50),
            isDefault: section.value("default", boolean) ?? false,
            floor: section.value("floor", Share.init(parsing:)))
        if lane == .express {
            refuseExpressGuarantee(section)
            if !section.has("ceiling") {
                section.report.error(
                    section.place, "the express \(section.title) has no ceiling",
                    remedy: "add one, such as ceiling: 10%: express goes before everything else, but only inside it")
            }
        }
        guard let name else { return nil }
        names.add(name, at: section.place(of: "name"))
        section.report.remember(
            .trafficClass(name, slice: nil), at: section.place(of: section.has("guarantee") ? "guarantee" : "ceiling"))
        return trafficClass
    }

    /// A slice's entry for a class, a regime's or a schedule's.
    static func readQuota(_ entry: Section, lane: Policy.Lane?) -> Policy.ClassQuota {
        if lane == .express { refuseExpressGuarantee(entry) }
        return Policy.ClassQuota(
            guarantee: entry.value("guarantee", Share.init(parsing:)), ceiling: entry.value("ceiling", positiveShare))
    }

    /// Of a class, or of an entry for it.
    private static func refuseExpressGuarantee(_ section: Section) {
        guard section.has("guarantee") else { return }
        section.report.error(
            section.place(of: "guarantee"), "\(section.title) is express and has a guarantee",
            remedy: "remove it: an express class is always first, inside its ceiling")
    }

    private static func checkDefault(
        _ classes: [(section: Section, value: Policy.TrafficClass)], mayBeDefault: Bool, root: Section
    ) {
        let defaults = classes.filter(\.value.isDefault)
        guard let first = defaults.first else {
            if mayBeDefault { return }
            return root.report.error(
                root.place(of: "classes"), "no class is the default",
                remedy: "add default: true to the class of everything that no rule names, usually the last")
        }
        for other in defaults.dropFirst() {
            let line = first.section.place(of: "default").line
            root.report.error(
                other.section.place(of: "default"),
                "\(other.section.title) is a second default, \(quoted(first.value.name)) on line \(line) is the first",
                remedy: "keep one")
        }
        if first.value.lane == .express {
            root.report.error(
                first.section.place(of: "default"), "the default \(first.section.title) is express",
                remedy: "make a queued class the default: express is for what rules name")
        }
    }
}
