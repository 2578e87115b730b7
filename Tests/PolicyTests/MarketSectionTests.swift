import Testing

@testable import Policy

@Suite struct MarketSectionTests {
    private func policy(_ sections: String) throws -> Policy {
        let text = example + "\n" + sections
        #expect(complaints(text) == [])
        return try Policy(validating: text)
    }

    @Test func `a policy without them watches nothing and takes no signals`() throws {
        let policy = try policy("")
        #expect(policy.volatility == nil && policy.schedules.isEmpty && policy.signals == nil)
        #expect(policy.classes.allSatisfy { $0.floor == nil })
    }

    @Test func `one feed is enough, and the rest has its default`() throws {
        let policy = try policy(
            """
            volatility:
              feeds: [{name: binance, format: binance-futures, symbol: BTCUSDT}]
            """)
        let feed = Volatility.Feed(
            name: "binance", format: .binanceFutures, source: .webSocket(url: "wss://fstream.binance.com/market/ws"),
            symbol: "BTCUSDT", period: .seconds(5))
        #expect(
            policy.volatility
                == Volatility(feeds: [feed], markets: [Volatility.Market(name: "binance", feeds: ["binance"])]))
    }

    @Test func `feeds of every kind, and their markets`() throws {
        let volatility = try #require(
            policy(
                """
                volatility:
                  feeds:
                    - {name: deribit, format: deribit, symbol: BTC-PERPETUAL, period: 500ms}
                    - {name: coinbase, format: coinbase, symbol: BTC-USD, url: "ws://127.0.0.1:8443/feed"}
                    - {name: desk, format: ndjson, socket: /run/shaper/prices.sock}
                    - {name: log, file: /var/log/prices}
                    - {name: pipe, stdin: true}
                  markets:
                    - {name: btc, feeds: [deribit, coinbase, desk]}
                    - {name: others, feeds: [log, pipe, desk]}
                """
            ).volatility)
        #expect(volatility.feeds.map(\.format) == [.deribit, .coinbase, .ndjson, .ndjson, .ndjson])
        #expect(
            volatility.feeds.map(\.source) == [
                .webSocket(url: "wss://www.deribit.com/ws/api/v2"), .webSocket(url: "ws://127.0.0.1:8443/feed"),
                .unixSocket(path: "/run/shaper/prices.sock"), .file(path: "/var/log/prices"), .standardInput,
            ])
        #expect(volatility.feeds.map(\.symbol) == ["BTC-PERPETUAL", "BTC-USD", nil, nil, nil])
        #expect(volatility.feeds[0].period == .milliseconds(500))
        #expect(volatility.markets.map(\.name) == ["btc", "others"])
        #expect(volatility.markets[1].feeds == ["log", "pipe", "desk"])
    }

    @Test func `regimes, their triggers and quotas`() throws {
        let volatility = try #require(
            policy(
                """
                volatility:
                  feeds: [{name: desk, stdin: true}]
                  estimator: {bar: 30s, halfLife: 4m, baseline: 12h}
                  leave: 60%
                  dwell: 20m
                  release: 2.5%
                  regimes:
                    elevated: {rate: none, classes: {bulk: {ceiling: 80%}}}
                    storm:
                      volatility: 150%
                      looks: 3
                      classes: {bulk: {ceiling: 10%}, market-data: {guarantee: 40%}}
                      slices: {perp: {classes: {bulk: {ceiling: 5%}}}}
                    extreme: {volatility: 500%, overBaseline: 1.5}
                """
            ).volatility)
        #expect(volatility.estimator == .init(bar: .seconds(30), halfLife: .seconds(240), baseline: .seconds(43200)))
        #expect(volatility.leave == 60 && volatility.dwell == .seconds(1200) && volatility.release == 2.5)
        #expect(
            volatility.triggers[.elevated]
                == .init(volatility: 80, overBaseline: 2.5, looks: 1, rate: nil, rateVolatility: 0))
        #expect(
            volatility.triggers[.storm]
                == .init(volatility: 150, overBaseline: 2.5, looks: 3, rate: 10, rateVolatility: 80))
        #expect(
            volatility.triggers[.extreme]
                == .init(volatility: 500, overBaseline: 1.5, looks: 1, rate: nil, rateVolatility: 0))
        #expect(volatility.quotas[.extreme] == nil)
        let quotas = volatility.allQuotas(of: .extreme)
        #expect(quotas.classes["bulk"] == .init(guarantee: nil, ceiling: .percent(10)))
        #expect(quotas.classes["market-data"] == .init(guarantee: .percent(40), ceiling: nil))
        #expect(quotas.slices == ["perp": ["bulk": .init(guarantee: nil, ceiling: .percent(5))]])
    }

    @Test func `schedules and signals`() throws {
        let policy = try policy(
            """
            schedules:
              - {name: funding, cron: "0 0,8,16 * * *", duration: 15m, classes: {bulk: {ceiling: 30%}}}
              - name: close
                cron: 50 15 * * MON-FRI
                timeZone: America/New_York
                duration: 20m
                slices: {perp: {classes: {orders: {guarantee: 40%}}}}
            signals: {group: keepers, longest: 10s}
            """)
        #expect(
            policy.schedules == [
                Schedule(
                    name: "funding", cron: "0 0,8,16 * * *", timeZone: "UTC", duration: .seconds(900),
                    quotas: Quotas(classes: ["bulk": .init(guarantee: nil, ceiling: .percent(30))])),
                Schedule(
                    name: "close", cron: "50 15 * * MON-FRI", timeZone: "America/New_York", duration: .seconds(1200),
                    quotas: Quotas(slices: ["perp": ["orders": .init(guarantee: .percent(40), ceiling: nil)]])),
            ])
        #expect(policy.signals == Signals(group: "keepers", longest: .seconds(10)))
    }

    @Test func `an empty mapping turns signals on`() throws {
        #expect(try policy("signals: {}").signals == Signals(group: nil, longest: .seconds(60)))
    }

    @Test func `the market's figures go over a schedule's, and a later schedule's over an earlier one's`() throws {
        let policy = try policy(
            """
            volatility:
              feeds: [{name: desk, stdin: true}]
              regimes: {storm: {classes: {bulk: {ceiling: 10%}}}}
            schedules:
              - {name: a, cron: "@daily", duration: 15m, classes: {bulk: {ceiling: 30%, guarantee: 1%}}}
              - {name: b, cron: "@daily", duration: 15m, classes: {bulk: {ceiling: 40%}}}
            """)
        func bulk(_ regime: Regime) throws -> Policy.TrafficClass {
            let quotas = policy.schedules.map(\.quotas) + [try #require(policy.volatility).allQuotas(of: regime)]
            let changed = policy.applying(quotas.flatMap { $0.overrides(reason: "") })
            return try #require(changed.classes.first { $0.name == "bulk" })
        }
        #expect(try bulk(.extreme).ceiling == .percent(10) && bulk(.extreme).guarantee == .percent(1))
        #expect(try bulk(.calm).ceiling == .percent(40) && bulk(.calm).guarantee == .percent(1))
    }

    @Test func `a slice's own share moves with a regime, but takes no class below its floor`() throws {
        func regime(_ guarantee: String) -> String {
            """

            volatility:
              feeds: [{name: desk, stdin: true}]
              regimes:
                storm:
                  classes: {liquidation: {ceiling: 20%}}
                  slices: {perp: {guarantee: \(guarantee), ceiling: 90%, classes: {bulk: {ceiling: 10%}}}}
            """
        }
        let text = example.replacing("guarantee: 25%, ceiling: 100%, dscp: AF41", with: "guarantee: 25%, floor: 20%")
        let policy = try Policy(validating: text + regime("60%"))
        let quotas = try #require(policy.volatility).allQuotas(of: .storm)
        #expect(quotas.ofSlices == ["perp": .init(guarantee: .percent(60), ceiling: .percent(90))])
        let perp = try #require(Bandwidth(policy.applying(quotas.overrides(reason: ""))).slices[4201])
        #expect(perp.guarantee == BitRate(bitsPerSecond: 114_000_000))
        #expect(perp.ceiling == BitRate(bitsPerSecond: 171_000_000))
        #expect(complaints(text + regime("40%")) == [])
        #expect(
            complaints(text + regime("39%")) == [
                #"44:16: error: in regime storm: class "settlement" in slice "perp": the guarantee 18.525mbit is below the class's floor 19mbit; raise it, or lower the class's floor"#
            ])
    }

    @Test func `a class's floor holds against an operator, in a slice and in all of them`() throws {
        let text = example.replacing("guarantee: 25%, ceiling: 100%, dscp: AF41", with: "guarantee: 25%, floor: 10%")
            .replacing("lane: express, ceiling: 10%", with: "lane: express, ceiling: 10%, floor: 5mbit")
        let policy = try Policy(validating: text)
        func problems(_ name: String, _ slice: String?, guarantee: Share? = nil, ceiling: Share? = nil) -> [String] {
            Override(className: name, slice: slice, guarantee: guarantee, ceiling: ceiling, reason: "test")
                .problems(on: policy).map(\.description)
        }
        #expect(problems("settlement", "perp", guarantee: .percent(10)) == [])
        #expect(problems("liquidation", "perp", ceiling: .rate(BitRate(bitsPerSecond: 5_000_000))) == [])
        for slice in ["perp", nil] {
            #expect(
                problems("settlement", slice, guarantee: .percent(9)) == [
                    #"class "settlement" in slice "perp": the guarantee 8.55mbit is below the class's floor 9.5mbit; raise it, or lower the class's floor"#
                ])
            #expect(
                problems("liquidation", slice, ceiling: .percent(5)) == [
                    #"class "liquidation" in slice "perp": the ceiling 4.75mbit is below the class's floor 5mbit; raise it, or lower the class's floor"#
                ])
        }
    }
}
