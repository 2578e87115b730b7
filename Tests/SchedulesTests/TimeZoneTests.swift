import Foundation
import Testing

@testable import Schedules

@Suite struct TimeZoneTests {
    @Test func `UTC needs no file`() throws {
        #expect(try TimeZoneRules(named: "UTC", folder: "/nowhere") == .utc)
        #expect(TimeZoneRules.utc.offset(at: 1_700_000_000) == 0)
    }

    @Test(arguments: ["../passwd", "/etc/passwd", "", "Europe//Berlin", "Europe/Berlin/", "a b"])
    func `what is no name is not looked for`(_ name: String) {
        let error = #expect(throws: ScheduleError.self) { try TimeZoneRules(named: name) }
        #expect(error?.message.hasSuffix("is no time zone") == true)
    }

    @Test func `an unknown zone says what is missing`() {
        let error = #expect(throws: ScheduleError.self) {
            try TimeZoneRules(named: "Europe/Atlantis", folder: "/nowhere")
        }
        #expect(error?.remedy == "install the package tzdata, or write UTC")
    }

    @Test func `rules of POSIX`() throws {
        let sydney = try #require(YearlyRule(parsing: "AEST-10AEDT,M10.1.0,M4.1.0/3"))
        #expect(sydney.standard == 36000 && sydney.daylight?.offset == 39600)
        let times = sydney.changes(in: 2024).map { UTCText.text($0.time * 1_000_000_000) }
        #expect(times == ["2024-10-05 16:00", "2024-04-06 16:00"])
        #expect(YearlyRule(parsing: "<+03>-3")?.standard == 10800)
        #expect(YearlyRule(parsing: "<-02>2<-01>,M3.5.0/-1,M10.5.0/0")?.daylight?.start.time == -3600)
        #expect(YearlyRule(parsing: "IST-1GMT0,M10.5.0,M3.5.0/1")?.daylight?.offset == 0)
        // The 60th of a year is 1 March: counted from one 29 February is none, from nought it is one.
        let counted = try #require(YearlyRule(parsing: "AAA0BBB,J60/0,60/0"))
        #expect(
            counted.changes(in: 2024).map { UTCText.text(($0.time) * 1_000_000_000) }
                == ["2024-03-01 00:00", "2024-02-29 23:00"])
        for text in ["", "E5", "EST", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0", "EST5 "] {
            #expect(YearlyRule(parsing: text) == nil, "\(text)")
        }
    }

    @Test func `a file that is none, or cut anywhere, gives nothing`() throws {
        let path = TimeZoneRules.folder + "/Europe/Berlin"
        guard let bytes = FileManager.default.contents(atPath: path).map([UInt8].init) else { return }
        #expect(TimeZoneRules(file: bytes) != nil)
        for length in 0..<bytes.count - 1 where TimeZoneRules(file: Array(bytes.prefix(length))) != nil {
            // Within the rule at its end a shorter one may be right too.
            #expect(length > bytes.count - 32)
        }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var broken = bytes
            for _ in 0..<4 { broken[Int.random(in: 0..<broken.count, using: &generator)] = .random(in: 0...255) }
            _ = TimeZoneRules(file: broken)?.offset(at: 1_700_000_000)
        }
    }

    /// Foundation reads the same files, with other code.
    @Test(arguments: [
        "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "Africa/Casablanca",
        "America/Sao_Paulo", "Asia/Tokyo", "Europe/Dublin", "America/St_Johns",
    ]) func `offsets are Foundation's`(_ name: String) throws {
        guard FileManager.default.fileExists(atPath: TimeZoneRules.folder), let theirs = TimeZone(identifier: name)
        else {
            return
        }
        let ours = try TimeZoneRules(named: name)
        // 1971 to 2100, at no round distance.
        for time in stride(from: Int64(31_536_000), to: 4_102_444_800, by: 1_234_567) {
            let expected = theirs.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time)))
            #expect(ours.offset(at: time) == Int64(expected), "\(name) at \(time)")
        }
    }
}
