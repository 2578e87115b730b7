import Foundation
import Testing

@testable import Policy

@Suite struct UnitTests {
    @Test(arguments: [
        ("200mbit", 200_000_000), ("1.5gbit", 1_500_000_000), ("0.5kbit", 500), ("1bit", 1), ("0mbit", 0),
        ("40GBIT", 40_000_000_000), ("61.275Mbit", 61_275_000), ("1.000000001gbit", 1_000_000_001),
        ("18446744073709551615bit", UInt64.max),
    ])
    func `a rate is a decimal number and a unit`(text: String, bits: UInt64) throws {
        let rate = try BitRate(parsing: text)
        #expect(rate.bitsPerSecond == bits)
        #expect(try BitRate(parsing: rate.description) == rate)
    }

    @Test(arguments: [
        "", "200", "mbit", "-1mbit", "+1mbit", "1e3mbit", "nanmbit", "infgbit", "1.2.3mbit", ".5mbit", "5.mbit",
        "1 mbit",
        "25mbps", "1mibit", "0.5bit", "1.0000000001gbit", "18446744073709551616bit", "99999999999gbit", "١mbit", "5%",
    ])
    func `anything else is no rate`(text: String) {
        #expect(throws: ValueError.self) { try BitRate(parsing: text) }
    }

    @Test(arguments: [
        (190_000_000, "190mbit"), (1_500_000_000, "1.5gbit"), (999_999, "999.999kbit"), (0, "0bit"), (7, "7bit"),
    ])
    func `a rate prints exactly in its largest unit`(bits: UInt64, text: String) {
        #expect(BitRate(bitsPerSecond: bits).description == text)
    }

    @Test func `every rate comes back from its text`() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<5000 {
            let rate = BitRate(bitsPerSecond: random.next() >> (random.next() % 64))
            #expect(try BitRate(parsing: rate.description) == rate)
        }
    }

    @Test func `a share is a rate or a percentage`() throws {
        #expect(try Share(parsing: "25%") == .percent(25))
        #expect(try Share(parsing: "33.333333%") == .percent(33.333333))
        #expect(try Share(parsing: "20mbit") == .rate(BitRate(bitsPerSecond: 20_000_000)))
        #expect(Share.percent(33.333333).description == "33.333333%")
        for text in ["%", "101%", "-5%", "nan%", "25", "100.0000001%", "0.0000001%"] {
            #expect(throws: ValueError.self) { try Share(parsing: text) }
        }
    }

    @Test func `arithmetic on rates stops at its ends`() {
        let largest = BitRate(bitsPerSecond: .max)
        #expect(largest + largest == largest)
        #expect(BitRate.zero - largest == .zero)
        #expect(largest.part(percent: 100) == largest)
        #expect(largest.times(105, over: 100) == largest)
        #expect(BitRate(bitsPerSecond: 1_000_000_000).part(percent: 93).bitsPerSecond == 930_000_000)
    }

    @Test(
        arguments: [
            ("20ms", .milliseconds(20), "20ms"), ("300s", .seconds(300), "5m"), ("1.5h", .seconds(5400), "90m"),
            ("0.5ms", .microseconds(500), "0.5ms"), ("24h", .seconds(86400), "24h"), ("0s", .zero, "0ms"),
        ] as [(String, Duration, String)])
    func `a duration is a number and a unit`(text: String, duration: Duration, printed: String) throws {
        #expect(try Duration(parsing: text) == duration)
        #expect(duration.unitText == printed)
    }

    @Test(arguments: ["", "20", "ms", "-1s", "1d", "1us", "9999999999999999h", "0.0000001ms"])
    func `anything else is no duration`(text: String) {
        #expect(throws: ValueError.self) { try Duration(parsing: text) }
    }

    @Test func `code points have their names`() throws {
        for (name, value) in [("EF", 46), ("af41", 34), ("AF13", 14), ("CS7", 56), ("CS0", 0), ("LE", 1), ("VA", 44)] {
            #expect(try DSCP.parse(name) == value)
            #expect(DSCP.name(UInt8(value)) == name.uppercased())
        }
        #expect(try DSCP.parse("63") == 63)
        #expect(DSCP.name(63) == "63")
        for text in ["64", "AF44", "AF51", "CS8", "-1", "", "BE"] {
            #expect(throws: ValueError.self) { try DSCP.parse(text) }
        }
    }

    @Test(arguments: [
        ("127.0.0.1:9464", "127.0.0.1", 9464), ("[::1]:1", "::1", 1), ("localhost:65535", "localhost", 65535),
    ])
    func `a listener is a host and a port`(text: String, host: String, port: UInt16) throws {
        #expect(try endpoint(text) == Policy.Metrics(host: host, port: port))
    }

    @Test(arguments: ["", ":9464", "9464", "::1:9464", "[::1]", "[localhost]:1", "h:0", "h:65536", "a b:1", "1.2.3:1"])
    func `anything else is no listener`(text: String) {
        #expect(throws: ValueError.self) { try endpoint(text) }
    }

    @Test func `values travel through JSON as their texts`() throws {
        let change = Override(className: "bulk", guarantee: .percent(5), ceiling: nil, reason: "storm")
        let json = try JSONEncoder().encode(change)
        #expect(String(bytes: json, encoding: .utf8)?.contains(#""guarantee":"5%""#) == true)
        #expect(try JSONDecoder().decode(Override.self, from: json) == change)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([BitRate].self, from: Data(#"["5"]"#.utf8)) }
    }
}
