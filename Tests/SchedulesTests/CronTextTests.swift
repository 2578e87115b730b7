import Testing

@testable import Schedules

@Suite struct CronTextTests {
    @Test func `fields are sets`() throws {
        let cron = try CronExpression(parsing: "0-30/10,59\t*/8  1,15 JAN,mar-5 sat-sun")
        #expect(cron.minutes == 1 << 0 | 1 << 10 | 1 << 20 | 1 << 30 | 1 << 59)
        #expect(cron.hours == 1 << 0 | 1 << 8 | 1 << 16)
        #expect(cron.days == 1 << 1 | 1 << 15)
        #expect(cron.months == 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5)
        #expect(cron.weekdays == 1 << 0 | 1 << 6)
        #expect(cron.eitherDay && cron.followsClock)
    }

    @Test func `Sunday is 0 and 7, and a star is every day`() throws {
        #expect(try CronExpression(parsing: "0 0 * * 7") == CronExpression(parsing: "0 0 * * 0"))
        #expect(try CronExpression(parsing: "0 0 * * 5-7").weekdays == 1 << 0 | 1 << 5 | 1 << 6)
        #expect(try CronExpression(parsing: "0 0 * * *").weekdays == 0x7F)
        #expect(try CronExpression(parsing: "0 0 * * */2").weekdays == 0b101_0101)
    }

    @Test func `shorthands are what crontab(5) says`() throws {
        for (shorthand, fields) in [
            "@hourly": "0 * * * *", "@DAILY": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
            "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
        ] {
            #expect(try CronExpression(parsing: shorthand) == CronExpression(parsing: fields))
        }
    }

    static let bad: [(text: String, complaint: String)] = [
        ("", #""" has 0 fields, not five; write minute, hour"#),
        ("0 0 * *", #""0 0 * *" has 4 fields, not five"#),
        ("0 0 * * * root", #""0 0 * * * root" has 6 fields"#),
        (
            "@reboot",
            #""@reboot" is no time: a schedule begins at times of the clock; write five fields, or one of @annually"#
        ),
        ("@fortnightly", #""@fortnightly" is no time; write five fields"#),
        ("60 0 * * *", #""60" is no minute; write 0 to 59"#),
        ("0 24 * * *", #""24" is no hour; write 0 to 23"#),
        ("0 0 0 * *", #""0" is no day of the month; write 1 to 31"#),
        ("0 0 * foo *", #""foo" is no month; write 1 to 12, or jan to dec"#),
        ("0 0 * * 8", #""8" is no day of the week; write 0 to 7, or sun to sat"#),
        ("0,,5 0 * * *", #""" is no minute"#),
        ("-1 0 * * *", #""" is no minute"#),
        ("+1 0 * * *", #""+1" is no minute"#),
        ("*/0 0 * * *", #""0" is no step of the minute "*"; write 1 to 60"#),
        ("*/61 0 * * *", #""61" is no step of the minute"#),
        ("0-10/x 0 * * *", #""x" is no step of the minute "0-10"; write 1 to 11"#),
        ("5/10 0 * * *", #"the minute "5" has a step, but no end; write 5-59/STEP"#),
        ("0 22-2 * * *", #"the hour "22-2" runs backwards; write 22-23,0-2"#),
        ("0 0 30 2 *", #""0 0 30 2 *" never comes: no such month has a day 30"#),
        ("0 0 ? * L", #""?" is no day of the month"#),
    ]

    @Test(arguments: bad) func `what is no expression says why`(_ bad: (text: String, complaint: String)) {
        let error = #expect(throws: ScheduleError.self) { try CronExpression(parsing: bad.text) }
        #expect(error?.description.hasPrefix(bad.complaint) == true, "\(error?.description ?? "")")
    }

    @Test func `any text whatever has an outcome`() {
        var generator = SystemRandomNumberGenerator()
        let letters = Array("0123456789*/-, @abcjanMON\t\u{0}é")
        for _ in 0..<20_000 {
            let text = String(
                (0..<Int.random(in: 0...20, using: &generator)).compactMap { _ in letters.randomElement() })
            if let cron = try? CronExpression(parsing: text) { #expect(cron.next(from: 0) != nil, "\(text)") }
        }
    }
}
