import Testing

/// The example with something more at its end, from line 37 on, and the complaints that earns.
private func added(_ sentence: String, _ sections: String, _ complaints: String...) -> BadPolicy {
    var bad = BadPolicy(sentence, "metrics:\n", sections + "\nmetrics:\n")
    bad.complaints = complaints
    return bad
}

@Suite struct MarketComplaintTests {
    @Test(arguments: feeds + triggers + quotas + schedules) func `complaints about the market have their place`(
        _ bad: BadPolicy
    ) throws { try bad.check() }

    static let feeds: [BadPolicy] = [
        added("no feeds", "volatility: {dwell: 5m}", #"37:13: error: volatility has no "feeds""#),
        added("an empty list of feeds", "volatility: {feeds: []}", "37:21: error: there is no feed"),
        added(
            "a misspelt key", "volatility: {feeds: [{name: a, stdin: true}], dwel: 5m}",
            #"37:47: error: unknown key "dwel" in volatility; did you mean "dwell"?"#),
        added(
            "a misspelt format", "volatility: {feeds: [{name: a, format: binance, symbol: X}]}",
            #"37:40: error: format of feed "a": "binance" is not known here; write ndjson or binance-futures"#),
        added("an exchange without symbol", feed("format: deribit"), #"37:22: error: feed "a" has no symbol"#),
        added(
            "a symbol of nothing", feed("stdin: true, symbol: X"),
            #"37:53: error: feed "a" has a symbol, but its format has none"#),
        added("no source", feed("format: ndjson"), #"37:22: error: feed "a" does not say where its prices come from"#),
        added("neither format nor source", feed("period: 5s"), #"37:22: error: feed "a" has no format"#),
        added(
            "two sources", feed("stdin: true, file: /x"), #"37:39: error: feed "a" has both file and stdin"#
        ),
        added(
            "an exchange in a file", feed("format: deribit, symbol: X, file: /x"),
            #"37:66: error: feed "a" is of format deribit, which has no file; remove it"#),
        added("no input", feed("stdin: false"), #"37:39: error: feed "a" says where its prices do not come from"#),
        added(
            "a path from nowhere", feed("socket: prices.sock"),
            #"37:40: error: socket of feed "a": "prices.sock" is not the whole path of a file"#),
        added(
            "a web page", feed("format: deribit, symbol: X, url: https://a.b"),
            #"37:65: error: url of feed "a": "https://a.b" is no WebSocket's address"#),
        added(
            "a host that is none", feed(#"format: deribit, symbol: X, url: "ws://1.2.3/x""#),
            #"37:65: error: url of feed "a": "1.2.3" of "ws://1.2.3/x" is no host"#),
        added(
            "a name and a source twice",
            "volatility:\n  feeds:\n    - {name: a, stdin: true}\n    - {name: a, stdin: true}",
            #"40:14: error: two feed entries are named "a", the first on line 39"#,
            #"40:24: error: feed "a" reads what the feed on line 39 reads"#),
        added("a period too short", feed("stdin: true, period: 1ms"), #"37:53: error: period of feed "a": "1ms""#),
        added(
            "an unknown feed", "volatility: {feeds: [{name: desk, stdin: true}], markets: [{name: m, feeds: [dsk]}]}",
            #"37:29: warning: the feed "desk" is in no market"#,
            #"37:78: error: unknown feed "dsk"; did you mean "desk"?"#),
        added(
            "a feed in no market",
            "volatility: {feeds: [{name: a, stdin: true}, {name: b, file: /x}], markets: [{name: m, feeds: [a]}]}",
            #"37:53: warning: the feed "b" is in no market"#),
        added(
            "a feed twice in a market",
            "volatility: {feeds: [{name: a, stdin: true}], markets: [{name: m, feeds: [a, a]}]}",
            #"37:78: error: market "m" has the feed "a" twice"#),
        added(
            "a market without feeds", "volatility: {feeds: [{name: a, stdin: true}], markets: [{name: m, feeds: []}]}",
            #"37:29: warning: the feed "a" is in no market"#, #"37:74: error: market "m" has no feed"#),
    ]

    static let triggers: [BadPolicy] = [
        added("leaving above the level", volatility("leave: 101%"), "38:10: error: leave of volatility"),
        added("a release faster than a step", volatility("release: 601%"), "38:12: error: release of volatility"),
        added("no release at all", volatility("release: 0%"), "38:12: error: release of volatility"),
        added(
            "a half-life within a bar", volatility("estimator: {bar: 10m}"),
            "38:20: error: the half-life 5m is shorter than a bar, 10m"),
        added(
            "a baseline that follows", volatility("estimator: {baseline: 5m}"),
            "38:25: error: the baseline's half-life 5m is not longer than the volatility's, 5m"),
        added(
            "calm", volatility("regimes: {calm: {classes: {bulk: {ceiling: 10%}}}}"),
            #"38:13: error: unknown key "calm" in regimes; its keys are elevated, storm, extreme"#),
        added(
            "an unknown regime", volatility("regimes: {strom: {}}"),
            #"38:13: error: unknown key "strom" in regimes; did you mean "storm"?"#),
        added(
            "no volatility", volatility("regimes: {storm: {volatility: 0%}}"),
            #"38:33: error: volatility of regime storm: "0%" is not a percentage in range"#),
        added(
            "a volatility without its sign", volatility("regimes: {storm: {volatility: 120}}"),
            #"38:33: error: volatility of regime storm: "120" is not a percentage in range"#),
        added(
            "a storm milder than elevated", volatility("regimes: {storm: {volatility: 70%}}"),
            "38:33: error: volatility of regime storm is 70%, less than the 80% of the milder regime elevated"),
        added(
            "elevated above storm", volatility("regimes: {elevated: {rate: 12}}"),
            "38:30: error: rate of regime storm is 10, less than the 12 of the milder regime elevated"),
        added(
            "a worse regime by messages alone", volatility("regimes: {extreme: {rate: 15}}"),
            "38:29: error: rateVolatility of regime extreme is 0%, less than the 80% of the milder regime storm"),
        added(
            "a volatility for a rate that is not there", volatility("regimes: {extreme: {rateVolatility: 80%}}"),
            "38:39: error: regime extreme has a rateVolatility, but no rate"),
        added("no looks", volatility("regimes: {storm: {looks: 0}}"), "38:28: error: looks of regime storm"),
    ]

    static let quotas: [BadPolicy] = [
        added(
            "a misspelt class", volatility("regimes: {storm: {classes: {bluk: {ceiling: 10%}}}}"),
            #"38:31: error: unknown class "bluk"; did you mean "bulk"?"#),
        added(
            "an unknown slice", volatility("regimes: {storm: {slices: {prep: {classes: {bulk: {ceiling: 1%}}}}}}"),
            #"38:30: error: unknown slice "prep"; did you mean "perp"?"#),
        added(
            "a slice without its classes", volatility("regimes: {storm: {slices: {perp: {bulk: {ceiling: 1%}}}}}"),
            #"38:30: error: slice "perp" of regime storm has no guarantee, ceiling or classes"#,
            #"38:37: error: unknown key "bulk" in slice "perp" of regime storm"#),
        added(
            "a slice's rate over its part", volatility("regimes: {storm: {slices: {perp: {guarantee: 90mbit}}}}"),
            #"38:48: error: guarantee of slice "perp" of regime storm is a rate, 90mbit, but a percentage, 50%"#),
        added(
            "slices that do not fit together", volatility("regimes: {storm: {slices: {perp: {guarantee: 95%}}}}"),
            "38:20: error: in regime storm: guarantees add up to"),
        added(
            "a slice that takes from its express class",
            volatility("regimes: {storm: {slices: {perp: {guarantee: 40%}}}}"),
            #"38:30: error: in regime storm: the express class "liquidation" in slice "perp" would have 7.6mbit"#),
        added(
            "a class as it was", volatility("regimes: {storm: {classes: {bulk: {}}}}"),
            #"38:31: error: class "bulk" of regime storm has neither a guarantee nor a ceiling"#),
        added(
            "an express guarantee", volatility("regimes: {storm: {classes: {liquidation: {guarantee: 10%}}}}"),
            #"38:56: error: class "liquidation" of regime storm is express and has a guarantee"#),
        added(
            "a rate for a part", volatility("regimes: {storm: {classes: {bulk: {ceiling: 10mbit}}}}"),
            #"38:47: error: ceiling of class "bulk" of regime storm is a rate, 10mbit, but a percentage, 100%, where"#),
        added(
            "guarantees that do not fit, said once",
            volatility(
                "regimes: {storm: {classes: {market-data: {guarantee: 50%}}}, extreme: {classes: {bulk: {ceiling: 9%}}}}"
            ),
            #"38:20: error: in regime storm: slice "perp": guarantees of classes add up to 100.75mbit"#),
        added(
            "what is inherited and does not fit",
            volatility(
                "regimes: {storm: {classes: {orders: {guarantee: 40%}}}, extreme: {classes: {orders: {ceiling: 15%}}}}"),
            #"38:79: error: in regime extreme: class "orders" in slice "perp": the guarantee 38mbit is above"#),
        added(
            "less for an express class", volatility("regimes: {storm: {classes: {liquidation: {ceiling: 9%}}}}"),
            #"38:31: error: in regime storm: the express class "liquidation" in slice "perp" would have 8.55mbit"#),
    ]

    static let schedules: [BadPolicy] = [
        added(
            "nothing to change", schedule("{name: s, cron: '@daily', duration: 5m}"),
            #"37:13: error: schedule "s" changes nothing"#),
        added(
            "no time", schedule("{name: s, classes: {bulk: {ceiling: 10%}}}"),
            #"37:13: error: schedule "s" has no "cron""#, #"37:13: error: schedule "s" has no "duration""#),
        added(
            "no cron expression",
            schedule("{name: s, cron: 0 0 * * bun, duration: 5m, classes: {bulk: {ceiling: 10%}}}"),
            #"37:29: error: cron of schedule "s": "bun" is no day of the week; write 0 to 7, or sun to sat"#),
        added(
            "a misspelt zone",
            schedule(
                "{name: s, cron: '@daily', timeZone: Erope/Berlin, duration: 5m, classes: {bulk: {ceiling: 10%}}}"),
            #"37:49: error: timeZone of schedule "s": the time zone "Erope/Berlin" is not known on this machine; did you"#
        ),
        added(
            "a duration too short",
            schedule("{name: s, cron: '@daily', duration: 5s, classes: {bulk: {ceiling: 10%}}}"),
            #"37:49: error: duration of schedule "s": "5s" is out of range"#),
        added(
            "a share that does not fit",
            schedule("{name: s, cron: '@daily', duration: 5m, classes: {orders: {ceiling: 10%}}}"),
            #"37:63: error: in schedule "s": class "orders" in slice "perp": the guarantee 23.75mbit is above"#),
        added(
            "a share that does not fit in a storm",
            schedule("{name: s, cron: '@daily', duration: 5m, classes: {orders: {guarantee: 40%}}}") + "\n"
                + volatility("regimes: {storm: {classes: {market-data: {guarantee: 40%}}}}"),
            #"37:13: error: in schedule "s" and regime storm: slice "perp": guarantees of classes add up to"#),
        added("an unknown key of signals", "signals: {gruop: a}", #"37:11: error: unknown key "gruop" in signals"#),
        added("a group that is none", "signals: {group: A b}", #"37:18: error: group of signals: "A b""#),
        added("signals too long", "signals: {longest: 2h}", #"37:20: error: longest of signals: "2h""#),
    ]

    private static func feed(_ rest: String) -> String { "volatility: {feeds: [{name: a, \(rest)}]}" }

    private static func volatility(_ rest: String) -> String {
        "volatility: {feeds: [{name: a, stdin: true}],\n  \(rest)}"
    }

    private static func schedule(_ text: String) -> String { "schedules: [\(text)]" }
}
