extension PolicyParser {
    private static let volatilityKeys = [
        "feeds", "markets", "estimator", "leave", "dwell", "release", "regimes",
    ]
    private static let triggerKeys = ["volatility", "overBaseline", "looks", "rate", "rateVolatility"]

    /// The section's value, and by regime what it changes itself, with places.
    static func readVolatility(
        _ root: Section, quotas reader: QuotaReader
    ) -> (value: Volatility, quotas: [Regime: PlacedQuotas])? {
        guard let section = root.section("volatility", "volatility", keys: volatilityKeys) else { return nil }
        let feedNames = Names("feed", report: root.report)
        let feeds = readFeeds(section, names: feedNames)
        let markets = readMarkets(section, feeds: feeds.map(\.value), feedNames: feedNames)
        warnOfUnusedFeeds(feeds, markets: markets, report: root.report)
        let regimes = readRegimes(section)
        let quotas = regimes.mapValues(reader.read).filter { !$0.value.quotas.isEmpty }
        let value = Volatility(
            feeds: feeds.map(\.value), markets: markets, estimator: readEstimator(section),
            triggers: readTriggers(regimes),
            quotas: quotas.mapValues(\.quotas),
            leave: section.value("leave", percentage(1...100)) ?? Volatility.defaultLeave,
            dwell: section.value("dwell", durations(.zero, .seconds(86400))) ?? Volatility.defaultDwell,
            release: section.value("release", percentage(0.1...Volatility.fastestRelease)) ?? Volatility.defaultRelease)
        return (value, quotas)
    }

    private static func durations(_ least: Duration, _ most: Duration) -> Parse<Duration> {
        bounded(least...most, { $0 == .zero ? "0s" : $0.unitText }, Duration.init(parsing:))
    }

    private static func warnOfUnusedFeeds(
        _ feeds: [(value: Volatility.Feed, place: Place)], markets: [Volatility.Market], report: Report
    ) {
        let used = Set(markets.flatMap(\.feeds))
        for feed in feeds where !used.contains(feed.value.name) {
            report.warning(
                feed.place, "the feed \(quoted(feed.value.name)) is in no market, so it decides nothing",
                remedy: "add it to the feeds of a market, or remove it")
        }
    }

    private static func readEstimator(_ volatility: Section) -> Volatility.Estimator {
        let standard = Volatility.Estimator.standard
        guard let section = volatility.section("estimator", "estimator", keys: ["bar", "halfLife", "baseline"]) else {
            return standard
        }
        let estimator = Volatility.Estimator(
            bar: section.value("bar", durations(.seconds(1), .seconds(3600))) ?? standard.bar,
            halfLife: section.value("halfLife", durations(.seconds(1), .seconds(86400))) ?? standard.halfLife,
            baseline: section.value("baseline", durations(.seconds(60), .seconds(30 * 86400))) ?? standard.baseline)
        if estimator.halfLife < estimator.bar {
            section.report.error(
                section.place(of: section.has("halfLife") ? "halfLife" : "bar"),
                "the half-life \(estimator.halfLife.unitText) is shorter than a bar, \(estimator.bar.unitText)",
                remedy: "write a halfLife of several bars")
        }
        if estimator.baseline <= estimator.halfLife {
            section.report.error(
                section.place(of: section.has("baseline") ? "baseline" : "halfLife"),
                "the baseline's half-life \(estimator.baseline.unitText) is not longer than the volatility's, "
                    + estimator.halfLife.unitText,
                remedy: "write a baseline of many times the halfLife, such as 24h")
        }
        return estimator
    }

    /// The regimes that the file says anything about.
    private static func readRegimes(_ volatility: Section) -> [Regime: Section] {
        // Calm is where no other is: its shares are the file's.
        let all = Regime.allCases.filter { $0 != .calm }
        guard let section = volatility.section("regimes", "regimes", keys: all.map(\.rawValue)) else { return [:] }
        var regimes: [Regime: Section] = [:]
        for regime in all where section.has(regime.rawValue) {
            regimes[regime] = section.section(
                regime.rawValue, "regime \(regime.rawValue)", keys: triggerKeys + QuotaReader.keys)
        }
        return regimes
    }

    private static func readTriggers(_ regimes: [Regime: Section]) -> [Regime: Volatility.Trigger] {
        var triggers = Volatility.defaultTriggers
        for (regime, section) in regimes {
            guard let standard = triggers[regime] else { continue }
            triggers[regime] = readTrigger(section, standard: standard)
        }
        for (regime, trigger) in triggers where regime.milder != .calm {
            if let milder = triggers[regime.milder] { compare(regime, trigger, with: milder, regimes) }
        }
        return triggers
    }

    private static func readTrigger(_ section: Section, standard: Volatility.Trigger) -> Volatility.Trigger {
        var trigger = standard
        if let volatility = section.value("volatility", percentage(0.1...100_000)) { trigger.volatility = volatility }
        if let times = section.value("overBaseline", decimal(0...100)) { trigger.overBaseline = times }
        if let looks = section.value("looks", wholeNumber(1...100)) { trigger.looks = looks }
        if section.text("rate") == "none" {
            trigger.rate = nil
        } else if let rate = section.value("rate", decimal(1...1000)) {
            trigger.rate = rate
        }
        if let volatility = section.value("rateVolatility", percentage(0...100_000)) {
            trigger.rateVolatility = volatility
        }
        if section.has("rateVolatility"), trigger.rate == nil, !section.has("rate") || section.text("rate") == "none" {
            section.report.error(
                section.place(of: "rateVolatility"), "\(section.title) has a rateVolatility, but no rate",
                remedy: "add a rate, such as rate: 10, or remove it")
        }
        return trigger
    }

    /// A regime that is entered more easily than a milder one would hide it.
    private static func compare(
        _ regime: Regime, _ trigger: Volatility.Trigger, with milder: Volatility.Trigger, _ regimes: [Regime: Section]
    ) {
        func check(_ key: String, _ value: Double?, _ least: Double?, _ text: (Double) -> String) {
            guard let value, let least, value < least else { return }
            // One of the two is the file's: the defaults are in order. A rate brings its own volatility, which is none.
            let sections = [regime, regime.milder].compactMap { regimes[$0] }
            let writer = sections.first { $0.has(key) } ?? sections.first { $0.has("rate") }
            writer?.report.error(
                writer.map { $0.place(of: $0.has(key) ? key : "rate") } ?? Place(line: 1, column: 1),
                "\(key) of regime \(regime.rawValue) is \(text(value)), "
                    + "less than the \(text(least)) of the milder regime \(regime.milder.rawValue)",
                remedy: "raise the one or lower the other: a worse regime is harder to enter")
        }
        check("volatility", trigger.volatility, milder.volatility) { "\(number($0))%" }
        check("rate", trigger.rate, milder.rate) { number($0) }
        if trigger.rate != nil, milder.rate != nil {
            check("rateVolatility", trigger.rateVolatility, milder.rateVolatility) { "\(number($0))%" }
        }
    }

    private static func number(_ value: Double) -> String {
        DecimalNumber.text(UInt64((value * 1_000_000).rounded()), unit: 1_000_000)
    }
}
