import Policy

extension Volatility {
    /// Defaults, and one market `btc` with one feed `a`.
    static let oneMarket = Volatility(feeds: [.named("a")], markets: [Market(name: "btc", feeds: ["a"])])
}

extension Volatility.Feed {
    static func named(_ name: String) -> Self {
        Self(
            name: name, format: .ndjson, source: .standardInput, symbol: nil, period: defaultPeriod)
    }
}
