/// Quotas of a regime or a schedule, and where the file says them.
struct PlacedQuotas {
    var quotas = Quotas()
    /// Of the whole.
    var place: Place
    /// Of its parts.
    var places: [Subject: Place] = [:]

    /// Of the part that a problem is about, or of what it is a part of.
    func place(of subject: Subject) -> Place {
        if let place = places[subject] { return place }
        if case .trafficClass(let name, let slice?) = subject {
            return places[.trafficClass(name, slice: nil)] ?? places[.slice(slice)] ?? place
        }
        return place
    }

    /// These, and of `other` what these do not name.
    func over(_ other: PlacedQuotas) -> PlacedQuotas {
        PlacedQuotas(
            quotas: quotas.over(other.quotas), place: place, places: places.merging(other.places) { mine, _ in mine })
    }
}

/// Reads `classes` and `slices` of a regime or a schedule: shares that go over the file's.
struct QuotaReader {
    static let keys = ["classes", "slices"]
    private let classes: [String: Policy.TrafficClass]
    private let slices: [String: Policy.Slice]
    private let classNames: Names
    private let sliceNames: Names

    init(classes: [Policy.TrafficClass], slices: [Policy.Slice], classNames: Names, sliceNames: Names) {
        self.classes = Dictionary(classes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.slices = Dictionary(slices.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.classNames = classNames
        self.sliceNames = sliceNames
    }

    func read(_ section: Section) -> PlacedQuotas {
        var placed = PlacedQuotas(place: section.place)
        placed.quotas.classes = readClasses(section, slice: nil, &placed.places)
        for (name, place, node) in section.pairs("slices") where sliceNames.resolves(name, at: place) {
            if let slice = slices[name], !slice.hasQuota {
                section.report.error(
                    place, "slice \(quoted(name)) has no guarantee or ceiling, and \(section.title) has figures for it",
                    remedy: "give it one: slices without share their queues, so that their classes cannot differ")
            }
            let kind = "slice \(quoted(name)) of \(section.title)"
            guard let entry = section.section(node, kind, keys: ["guarantee", "ceiling", "classes"]) else { continue }
            placed.places[.slice(name)] = place
            if entry.has("guarantee") || entry.has("ceiling") {
                placed.quotas.ofSlices[name] = readSlice(entry, slices[name])
            } else if !entry.has("classes") {
                section.report.error(
                    place, "\(entry.title) has no guarantee, ceiling or classes", remedy: "give one, or remove it")
            }
            if entry.has("classes") {
                placed.quotas.slices[name] = readClasses(entry, slice: name, &placed.places)
            }
        }
        return placed
    }

    private func readSlice(_ entry: Section, _ slice: Policy.Slice?) -> Policy.ClassQuota {
        let quota = Policy.ClassQuota(
            guarantee: entry.value("guarantee", Share.init(parsing:)), ceiling: entry.value("ceiling", positiveShare))
        guard let slice, slice.hasQuota else { return quota }
        if quota.guarantee != nil, slice.guarantee == nil {
            entry.report.error(
                entry.place(of: "guarantee"),
                "\(entry.title) has a guarantee, but the slice has none where the market is calm",
                remedy: "give the slice one: a share is moved in steps, from what it is")
        }
        checkKinds(of: quota, over: Policy.ClassQuota(guarantee: slice.guarantee, ceiling: slice.ceiling), entry)
        return quota
    }

    private func readClasses(
        _ section: Section, slice: String?, _ places: inout [Subject: Place]
    ) -> [String: Policy.ClassQuota] {
        var quotas: [String: Policy.ClassQuota] = [:]
        for (name, place, node) in section.pairs("classes") where classNames.resolves(name, at: place) {
            let kind = "class \(quoted(name)) of \(section.title)"
            guard let entry = section.section(node, kind, keys: ["guarantee", "ceiling"]) else { continue }
            let quota = PolicyParser.readQuota(entry, lane: classes[name]?.lane)
            if !entry.has("guarantee"), !entry.has("ceiling") {
                section.report.error(
                    place, "\(entry.title) has neither a guarantee nor a ceiling", remedy: "give one, or remove it")
            }
            if let trafficClass = classes[name] {
                checkKinds(of: quota, over: trafficClass.quota(in: slice.flatMap { slices[$0] }), entry)
            }
            places[.trafficClass(name, slice: slice)] = place
            quotas[name] = quota
        }
        return quotas
    }

    /// A share goes from the file's to this one in steps, so both must be rates, or both parts. Where the file gives no
    /// guarantee there is nothing to be of another kind than; where it gives no ceiling, that is 100 %.
    private func checkKinds(of quota: Policy.ClassQuota, over file: Policy.ClassQuota, _ entry: Section) {
        func check(_ key: String, _ share: Share?, _ file: Share?) {
            guard let share, let file, !share.isOfKind(of: file) else { return }
            let kinds = if case .rate = share { ("a rate", "a percentage") } else { ("a percentage", "a rate") }
            entry.report.error(
                entry.place(of: key),
                "\(key) of \(entry.title) is \(kinds.0), \(share), but \(kinds.1), \(file), where the market is calm",
                remedy: "write both as rates or both as percentages: a share is moved in steps")
        }
        check("guarantee", quota.guarantee, file.guarantee)
        check("ceiling", quota.ceiling, file.ceiling ?? .percent(100))
    }
}
