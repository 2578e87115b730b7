extension PolicyParser {
    private static let feedKeys = ["name", "format", "symbol", "period", "url", "socket", "file", "stdin"]
    private static let sourceKeys = ["url", "socket", "file", "stdin"]
    private static let mostFeeds = 64

    static func readFeeds(_ volatility: Section, names: Names) -> [(value: Volatility.Feed, place: Place)] {
        let report = volatility.report
        guard volatility.requires("feeds") else { return [] }
        let sections = volatility.sections("feeds", "feed", keys: feedKeys)
        if sections.isEmpty {
            report.error(
                volatility.place(of: "feeds"), "there is no feed, so nobody would see the market",
                remedy: "add one to feeds, or remove volatility")
        }
        if sections.count > mostFeeds {
            report.error(
                sections[mostFeeds].place, "\(sections.count) feeds are more than \(mostFeeds)",
                remedy: "keep \(mostFeeds)")
        }
        var lines: [String: Int] = [:]
        return sections.compactMap { section in
            let name = section.required("name", Name.word)
            if let name { names.add(name, at: section.place(of: "name")) }
            let periods = bounded(.milliseconds(100) ... .seconds(3600), \.unitText, Duration.init(parsing:))
            let period = section.value("period", periods) ?? Volatility.Feed.defaultPeriod
            guard let key = sourceKey(section), let format = readFormat(section, source: key) else { return nil }
            let symbol = readSymbol(section, format: format)
            guard let source = readSource(section, key: key, format: format) else { return nil }
            // Two readers of one socket or pipe would each get a part.
            if let key, let line = lines.updateValue(section.place(of: key).line, forKey: section.text(key) ?? "") {
                report.error(
                    section.place(of: key), "\(section.title) reads what the feed on line \(line) reads",
                    remedy: "remove one: a feed may be in several markets")
            }
            return name.map {
                let feed = Volatility.Feed(
                    name: $0, format: format, source: source, symbol: symbol, period: period)
                return (feed, section.place(of: "name"))
            }
        }
    }

    /// Which of `url`, `socket`, `file` and `stdin` the feed has. Inner nil: none; outer nil, and reported: several.
    private static func sourceKey(_ section: Section) -> String?? {
        let keys = sourceKeys.filter(section.has)
        guard keys.count > 1 else { return .some(keys.first) }
        section.report.error(
            section.place(of: keys[1]), "\(section.title) has both \(keys[0]) and \(keys[1])",
            remedy: "keep one of them")
        return nil
    }

    /// nil, and reported, if there is none, or none that comes from such a source.
    private static func readFormat(_ section: Section, source: String?) -> Volatility.Feed.Format? {
        let isExchange = source == nil || source == "url"
        let formats = Volatility.Feed.Format.allCases.filter { ($0.defaultURL != nil) == isExchange }
        guard section.has("format") else {
            if !isExchange { return .ndjson }
            section.report.error(
                section.place, "\(section.title) has no format",
                remedy: "write format: \(formats.map(\.rawValue).joined(separator: " or ")), "
                    + "or where its prices come from: socket, file or stdin")
            return nil
        }
        guard let format = section.value("format", word(Volatility.Feed.Format.self)) else { return nil }
        if formats.contains(format) { return format }
        if let source {
            section.report.error(
                section.place(of: source), "\(section.title) is of format \(format.rawValue), which has no \(source)",
                remedy: isExchange ? "write a socket, a file or stdin: true" : "remove it, or write format: ndjson")
        } else {
            section.report.error(
                section.place, "\(section.title) does not say where its prices come from",
                remedy: "add socket: PATH, file: PATH or stdin: true")
        }
        return nil
    }

    private static func readSymbol(_ section: Section, format: Volatility.Feed.Format) -> String? {
        if let example = format.exampleSymbol, !section.has("symbol") {
            section.report.error(
                section.place, "\(section.title) has no symbol",
                remedy: "write the exchange's name of what is traded, such as symbol: \(example)")
        } else if format.exampleSymbol == nil, section.has("symbol") {
            section.report.error(
                section.place(of: "symbol"), "\(section.title) has a symbol, but its format has none",
                remedy: "remove it: all lines are prices of one thing")
        }
        return section.value("symbol", symbol)
    }

    private static func readSource(
        _ section: Section, key: String?, format: Volatility.Feed.Format
    ) -> Volatility.Feed.Source? {
        switch key {
        case "url": return section.value("url", webSocketURL).map { .webSocket(url: $0) }
        case "socket": return section.value("socket", socketPath).map { .unixSocket(path: $0) }
        case "file": return section.value("file", absolutePath).map { .file(path: $0) }
        case "stdin":
            if let isThere = section.value("stdin", boolean), !isThere {
                section.report.error(
                    section.place(of: "stdin"), "\(section.title) says where its prices do not come from",
                    remedy: "write stdin: true, or another source")
            }
            return .standardInput
        default: return format.defaultURL.map { .webSocket(url: $0) }
        }
    }

    /// As exchanges write them: `BTCUSDT`, `BTC-PERPETUAL`, `BTC-USD`.
    private static func symbol(_ text: String) throws(ValueError) -> String {
        guard (1...32).contains(text.utf8.count),
            text.utf8.allSatisfy({ byte in
                DecimalNumber.isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || "-_./".utf8.contains(byte)
            })
        else {
            throw ValueError("\(quoted(text)) is no symbol", remedy: "write it as the exchange does, such as BTCUSDT")
        }
        return text
    }

    /// What is given, or one market for each feed.
    static func readMarkets(_ volatility: Section, feeds: [Volatility.Feed], feedNames: Names) -> [Volatility.Market] {
        guard volatility.has("markets") else {
            return feeds.map { Volatility.Market(name: $0.name, feeds: [$0.name]) }
        }
        let report = volatility.report
        let sections = volatility.sections("markets", "market", keys: ["name", "feeds"])
        if sections.isEmpty {
            report.error(
                volatility.place(of: "markets"), "there is no market",
                remedy: "add one, or remove markets: each feed is a market then")
        }
        if sections.count > mostFeeds {
            report.error(
                sections[mostFeeds].place, "\(sections.count) markets are more than \(mostFeeds)",
                remedy: "keep \(mostFeeds)")
        }
        let names = Names("market", report: report)
        let markets = sections.compactMap { section -> Volatility.Market? in
            let name = section.required("name", Name.word)
            if let name { names.add(name, at: section.place(of: "name")) }
            let members = readMembers(of: section, feedNames: feedNames)
            return name.map { Volatility.Market(name: $0, feeds: members) }
        }
        return markets
    }

    private static func readMembers(of market: Section, feedNames: Names) -> [String] {
        guard market.requires("feeds") else { return [] }
        let nodes = market.list("feeds")
        if nodes.isEmpty {
            market.report.error(market.place(of: "feeds"), "\(market.title) has no feed", remedy: "remove it")
        }
        var members: [String] = []
        for node in nodes {
            guard let name = market.read(node, "feeds", Name.word), feedNames.resolves(name, at: node.place) else {
                continue
            }
            if members.contains(name) {
                market.report.error(
                    node.place, "\(market.title) has the feed \(quoted(name)) twice", remedy: "remove one")
            } else {
                members.append(name)
            }
        }
        return members
    }
}
