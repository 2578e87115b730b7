extension PolicyParser {
    private static let mostSchedules = 64

    static func readSchedules(_ root: Section, quotas reader: QuotaReader) -> [(value: Schedule, quotas: PlacedQuotas)]
    {
        let report = root.report
        let sections = root.sections(
            "schedules", "schedule", keys: ["name", "cron", "timeZone", "duration"] + QuotaReader.keys)
        if sections.count > mostSchedules {
            report.error(
                sections[mostSchedules].place, "\(sections.count) schedules are more than \(mostSchedules)",
                remedy: "join some")
        }
        let names = Names("schedule", report: report)
        let durations = bounded(.seconds(60) ... .seconds(7 * 86400), \.unitText, Duration.init(parsing:))
        return sections.compactMap { section in
            let name = section.required("name", Name.word)
            if let name { names.add(name, at: section.place(of: "name")) }
            let cron = section.required("cron", { $0 })
            let timeZone = section.value("timeZone", { $0 }) ?? "UTC"
            let duration = section.required("duration", durations)
            let quotas = reader.read(section)
            if !section.has("classes"), !section.has("slices") {
                report.error(
                    section.place, "\(section.title) changes nothing",
                    remedy: "add classes, such as classes: {bulk: {ceiling: 10%}}, or slices")
            }
            guard let name, let cron, let duration else { return nil }
            let schedule = Schedule(
                name: name, cron: cron, timeZone: timeZone, duration: duration, quotas: quotas.quotas)
            return (schedule, quotas)
        }
    }

    static func readSignals(_ root: Section) -> Signals? {
        guard let section = root.section("signals", "signals", keys: ["group", "longest"]) else { return nil }
        let longest = bounded(.milliseconds(100) ... .seconds(3600), \.unitText, Duration.init(parsing:))
        return Signals(
            group: section.value("group", Name.group),
            longest: section.value("longest", longest) ?? Signals.defaultLongest)
    }
}
