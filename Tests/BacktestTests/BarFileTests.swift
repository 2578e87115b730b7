import Market
import Testing

@testable import Backtest

@Suite("A file of bars")
struct BarFileTests {
    private func parse(_ text: String) throws(BarFileError) -> BarFile {
        try BarFile(parsing: Array(text.utf8), name: "bars.csv")
    }

    @Test("is read whatever the order of its columns")
    func columns() throws {
        let file = try parse(
            "\u{FEFF}close,open_time_ms, open ,high,low,volume_base,volume_quote,trades\r\n"
                + "101.5,1600000060000,100,102,99.25,7.5,760,42\r\n\r\n103,1600000120000,101.5,1.035e2,101,0,0,0\r\n")
        #expect(file.step == 60_000_000_000)
        #expect(file.missing == 0)
        #expect(
            file.bars == [
                Bar(
                    time: 1_600_000_060_000_000_000, step: file.step, open: 100, high: 102, low: 99.25, close: 101.5,
                    volume: 7.5,
                    trades: 42),
                Bar(
                    time: 1_600_000_120_000_000_000, step: file.step, open: 101.5, high: 103.5, low: 101, close: 103,
                    volume: 0,
                    trades: 0),
            ])
    }

    @Test("may lack bars, volume and trades; its step is the smallest there is")
    func gaps() throws {
        let file = try parse(
            "open_time_ms,open,high,low,close\n1600000000000,1,1,1,1\n1600000180000,1,1,1,1\n1600000240000,1,1,1,1\n"
                + "1600000600000,1,1,1,1")
        #expect(file.step == 60_000_000_000)
        #expect(file.missing == 7)
        #expect(file.bars.allSatisfy { $0.trades == nil && $0.volume == 0 })
        #expect(file.end == 1_600_000_660_000_000_000)
        #expect(try parse("open_time_ms,open,high,low,close\n1600000000000,1,1,1,1").step == 60_000_000_000)
    }

    private static let header = "open_time_ms,open,high,low,close,volume,trades\n1600000000000,1,2,1,2,0,1\n"

    @Test(
        "is refused with its line, the value and what to do",
        arguments: [
            ("", "bars.csv: is empty"), ("\n\n", "bars.csv: is empty"),
            ("open_time_ms,open,high,low,close\n", "bars.csv: has a header, but no bars"),
            (
                "\ntime,open,high,low,close\n",
                "bars.csv:2: there is no column open_time_ms among \"time\", \"open\", \"high\", \"low\", \"close\""
            ),
            (
                "open_time_ms,open,high,low\n",
                "bars.csv:1: there is no column close among \"open_time_ms\", \"open\", \"high\", \"low\""
            ),
            (header + "1600000060000,1,2,1,2,0\n", "bars.csv:3: there are 6 values, but the header names 7"),
            (
                header + "1600000000000,1,2,1,2,0,1\n",
                "bars.csv:3: open_time_ms 1600000000000 is not after that of the bar before"
            ),
            (header + "\n1600000060000,1,2,1,0,0,1\n", "bars.csv:4: the close 0 is not above zero"),
            (header + "1600000060000,1,2,-1,2,0,1\n", "bars.csv:3: the low -1 is not above zero"),
            (header + "1600000060000,1,0.5,1,1,0,1\n", "bars.csv:3: the high 0.5 is below the low 1"),
            (header + "1600000060000,3,2,1,2,0,1\n", "bars.csv:3: the open 3 is not between the low 1 and the high 2"),
            (
                header + "1600000060000,1,2,1,0.5,0,1\n",
                "bars.csv:3: the close 0.5 is not between the low 1 and the high 2"
            ),
            (header + "1600000060000,nan,2,1,2,0,1\n", "bars.csv:3: open \"nan\" is not a number"),
            (header + "1600000060000,1,inf,1,2,0,1\n", "bars.csv:3: high \"inf\" is not a number"),
            (header + "1600000060000,1,1e999,1,2,0,1\n", "bars.csv:3: high \"1e999\" is not a number"),
            (header + "1600000060000,1,2,1,,0,1\n", "bars.csv:3: close \"\" is not a number"),
            (header + "1600000060000,1,2,1,.,0,1\n", "bars.csv:3: close \".\" is not a number"),
            (header + "1600000060000,1,2,1,2.0.0,0,1\n", "bars.csv:3: close \"2.0.0\" is not a number"),
            (header + "1600000060000,1,2,1,2,-1,1\n", "bars.csv:3: volume -1 is below zero"),
            (header + "1600000060000,1,2,1,2,0,1e30\n", "bars.csv:3: trades 1e30 is too large"),
            (header + "noon,1,2,1,2,0,1\n", "bars.csv:3: open_time_ms \"noon\" is no time in milliseconds since 1970"),
            (header + "-5,1,2,1,2,0,1\n", "bars.csv:3: open_time_ms \"-5\" is no time in milliseconds since 1970"),
            (
                header + "99999999999999999,1,2,1,2,0,1\n",
                "bars.csv:3: open_time_ms 99999999999999999 is after 2115 in milliseconds since 1970"
            ),
            (header + "\u{0}\u{1}\u{2}\n", "bars.csv:3: there are 1 values, but the header names 7"),
        ])
    func refused(text: String, message: String) {
        let error = #expect(throws: BarFileError.self) { try parse(text) }
        #expect(error?.description == message)
        #expect(error?.remedy?.isEmpty == false)
    }

    @Test(
        "says what is wrong with its times, and what to write",
        arguments: [
            ("1584008400", "1584008400 is before 1971", "it seems to be in seconds: write 1584008400000"),
            (
                "1584008400000000", "1584008400000000 is after 2115",
                "it seems to be in microseconds: write 1584008400000"
            ),
            (
                "1584008400000000000", "1584008400000000000 is after 2115",
                "it seems to be in nanoseconds: write 1584008400000"
            ),
            ("0", "0 is before 1971", "give bars of 1971 to 2115, their times in milliseconds since 1970"),
            (
                "4607280000000", "4607280000000 is after 2115",
                "give bars of 1971 to 2115, their times in milliseconds since 1970"
            ),
        ])
    func units(time: String, message: String, remedy: String) {
        let error = #expect(throws: BarFileError.self) {
            try parse("open_time_ms,open,high,low,close\n\(time),1,1,1,1")
        }
        #expect(error?.description == "bars.csv:2: open_time_ms \(message) in milliseconds since 1970")
        #expect(error?.remedy == remedy)
    }

    @Test("is refused where its bars are more than a week apart")
    func steps() throws {
        let header = "open_time_ms,open,high,low,close\n"
        let error = #expect(throws: BarFileError.self) {
            try parse(header + "100000000000,1,1,1,1\n4600000000000,1,1,1,1\n4603000000000,1,1,1,1\n")
        }
        #expect(
            error?.description == "bars.csv:4: this bar is 34 days after the one before, and no two are nearer")
        #expect(error?.remedy == "give bars of 7 days at most")
        let week = try parse(header + "100000000000,1,1,1,1\n4600000000000,1,1,1,1\n4600604800000,1,1,1,1\n")
        // What is far in time overflows nowhere.
        let picture = Picture([week], [(name: "p", replay: Tapes.replay([week]))])
        #expect(picture.time.pieces.count == 2)
        #expect(picture.svg.contains("</svg>"))
    }

    @Test(
        "says that its columns are not separated by commas",
        arguments: [(";", "\";\""), ("\t", "tabs"), ("|", "\"|\"")])
    func separators(separator: String, name: String) {
        let header = ["open_time_ms", "open", "high", "low", "close"].joined(separator: separator)
        let error = #expect(throws: BarFileError.self) { try parse(header + "\n") }
        #expect(
            error?.description
                == "bars.csv:1: there is no column open_time_ms: the columns seem to be separated by \(name)")
        #expect(error?.remedy == "separate them by commas, and write decimals with a point")
    }

    @Test("that is not there says why")
    func absent() {
        let error = #expect(throws: BarFileError.self) { try BarFile(reading: "/nowhere/bars.csv") }
        #expect(error?.description == "/nowhere/bars.csv: cannot be read: No such file or directory")
    }

    @Test("of random bytes is refused, and nothing worse")
    func junk() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let alphabet = Array("0123456789.,-e\n\r\u{0}xn ".utf8)
            let text = (0..<60).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            #expect(throws: BarFileError.self) { try BarFile(parsing: text, name: "bars.csv") }
            let rest = Array("open_time_ms,open,high,low,close\n".utf8) + text
            _ = try? BarFile(parsing: rest, name: "bars.csv")
        }
    }

    @Test(
        "has the numbers that Swift reads",
        arguments: [
            "0.1", "7254.88", "31536000", "1e-7", "0.000000012345678901234567890123", "+5",
            "123456789012345678901234567890",
        ])
    func numbers(text: String) {
        #expect(NumberScan.decimal(Array(text.utf8), 0..<text.utf8.count) == Double(text))
    }
}
