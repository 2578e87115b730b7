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
                + "101.5,60000,100,102,99.25,7.5,760,42\r\n\r\n103,120000,101.5,1.035e2,101,0,0,0\r\n")
        #expect(file.step == 60_000_000_000)
        #expect(file.missing == 0)
        #expect(
            file.bars == [
                Bar(
                    time: 60_000_000_000, step: file.step, open: 100, high: 102, low: 99.25, close: 101.5, volume: 7.5,
                    trades: 42),
                Bar(
                    time: 120_000_000_000, step: file.step, open: 101.5, high: 103.5, low: 101, close: 103, volume: 0,
                    trades: 0),
            ])
    }

    @Test("may lack bars, volume and trades; its step is the smallest there is")
    func gaps() throws {
        let file = try parse(
            "open_time_ms,open,high,low,close\n0,1,1,1,1\n180000,1,1,1,1\n240000,1,1,1,1\n600000,1,1,1,1")
        #expect(file.step == 60_000_000_000)
        #expect(file.missing == 7)
        #expect(file.bars.allSatisfy { $0.trades == nil && $0.volume == 0 })
        #expect(file.end == 660_000_000_000)
        #expect(try parse("open_time_ms,open,high,low,close\n0,1,1,1,1").step == 60_000_000_000)
    }

    private static let header = "open_time_ms,open,high,low,close,volume,trades\n0,1,2,1,2,0,1\n"

    @Test(
        "is refused with its line, the value and what to do",
        arguments: [
            ("", "bars.csv: is empty"), ("\n\n", "bars.csv: is empty"),
            ("open_time_ms,open,high,low,close\n", "bars.csv: has a header, but no bars"),
            ("\ntime,open,high,low,close\n", "bars.csv:2: there is no column open_time_ms"),
            ("open_time_ms,open,high,low\n", "bars.csv:1: there is no column close"),
            (header + "60000,1,2,1,2,0\n", "bars.csv:3: there are 6 values, but the header names 7"),
            (header + "0,1,2,1,2,0,1\n", "bars.csv:3: open_time_ms 0 is not after that of the bar before"),
            (header + "\n60000,1,2,1,0,0,1\n", "bars.csv:4: the close 0 is not above zero"),
            (header + "60000,1,2,-1,2,0,1\n", "bars.csv:3: the low -1 is not above zero"),
            (header + "60000,1,0.5,1,1,0,1\n", "bars.csv:3: the high 0.5 is below the low 1"),
            (header + "60000,3,2,1,2,0,1\n", "bars.csv:3: the open 3 is not between the low 1 and the high 2"),
            (header + "60000,1,2,1,0.5,0,1\n", "bars.csv:3: the close 0.5 is not between the low 1 and the high 2"),
            (header + "60000,nan,2,1,2,0,1\n", "bars.csv:3: open \"nan\" is not a number"),
            (header + "60000,1,inf,1,2,0,1\n", "bars.csv:3: high \"inf\" is not a number"),
            (header + "60000,1,1e999,1,2,0,1\n", "bars.csv:3: high \"1e999\" is not a number"),
            (header + "60000,1,2,1,,0,1\n", "bars.csv:3: close \"\" is not a number"),
            (header + "60000,1,2,1,.,0,1\n", "bars.csv:3: close \".\" is not a number"),
            (header + "60000,1,2,1,2.0.0,0,1\n", "bars.csv:3: close \"2.0.0\" is not a number"),
            (header + "60000,1,2,1,2,-1,1\n", "bars.csv:3: volume -1 is below zero"),
            (header + "60000,1,2,1,2,0,1e30\n", "bars.csv:3: trades 1e30 is too large"),
            (header + "noon,1,2,1,2,0,1\n", "bars.csv:3: open_time_ms \"noon\" is no time in milliseconds since 1970"),
            (header + "-5,1,2,1,2,0,1\n", "bars.csv:3: open_time_ms \"-5\" is no time in milliseconds since 1970"),
            (
                header + "99999999999999999,1,2,1,2,0,1\n",
                "bars.csv:3: open_time_ms \"99999999999999999\" is no time in milliseconds since 1970"
            ),
            (header + "\u{0}\u{1}\u{2}\n", "bars.csv:3: there are 1 values, but the header names 7"),
        ])
    func refused(text: String, message: String) {
        let error = #expect(throws: BarFileError.self) { try parse(text) }
        #expect(error?.description == message)
        #expect(error?.remedy?.isEmpty == false)
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
