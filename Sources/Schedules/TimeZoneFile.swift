import FoundationEssentials

extension TimeZoneRules {
    /// Where a machine keeps them (package tzdata).
    package static let folder = "/usr/share/zoneinfo"

    /// By IANA name, such as America/New_York. UTC needs no file.
    package init(named name: String, folder: String = folder) throws(ScheduleError) {
        if ["UTC", "Etc/UTC"].contains(name) {
            self = .utc
            return
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            part.utf8.first.map(Self.isLetter) == true && part.utf8.allSatisfy(Self.isPart)
        }
        guard isName else {
            throw ScheduleError(
                "\(quoted(name)) is no time zone", remedy: "write its IANA name, such as UTC or America/New_York")
        }
        guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
            let isThere = FileManager.default.fileExists(atPath: folder)
            throw ScheduleError(
                "the time zone \(quoted(name)) is not known on this machine",
                remedy: isThere
                    ? "write its IANA name, such as UTC or America/New_York"
                    : "install the package tzdata, or write UTC")
        }
        guard let rules = TimeZoneRules(file: [UInt8](bytes)) else {
            throw ScheduleError("\(folder)/\(name) is no time zone's file", remedy: "write a zone's IANA name")
        }
        self = rules
    }

    /// The names of places this machine knows, for guesses.
    package static func names(folder: String = folder) -> [String] {
        let bytes = FileManager.default.contents(atPath: "\(folder)/zone.tab") ?? Data()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            let columns = line.split(separator: "\t")
            return line.first == "#" || columns.count < 3 ? nil : String(columns[2])
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

    private static func isPart(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "_+-".utf8.contains(byte)
    }

    /// A TZif file (RFC 9636): a block of 32-bit times, which is passed over, one of 64-bit times, and a rule for what
    /// comes after. nil: it is none, or of version 1.
    init?(file: [UInt8]) {
        guard let old = Header(file, at: 0), old.version >= UInt8(ascii: "2"),
            let header = Header(file, at: Header.size + old.length(timeSize: 4))
        else { return nil }
        let times = Header.size + old.length(timeSize: 4) + Header.size
        let indices = times + header.times * 8
        let types = indices + header.times
        let end = times + header.length(timeSize: 8)
        guard header.types > 0, file.count > end, file[end] == UInt8(ascii: "\n") else { return nil }

        let offsets = (0..<header.types).map { type in
            Int64(Int32(truncatingIfNeeded: Self.number(file, at: types + 6 * type, count: 4)))
        }
        var changes: [Change] = []
        for index in 0..<header.times {
            let type = Int(file[indices + index])
            guard type < offsets.count else { return nil }
            let time = Self.number(file, at: times + index * 8, count: 8)
            guard changes.last.map({ $0.time < time }) ?? true else { return nil }
            changes.append(Change(time: time, offset: offsets[type]))
        }
        let footer = file[(end + 1)...].prefix { $0 != UInt8(ascii: "\n") }
        var rule: YearlyRule?
        if !footer.isEmpty {
            rule = YearlyRule(parsing: String(decoding: footer, as: UTF8.self))
            if rule == nil { return nil }
        }
        self.init(firstOffset: offsets[0], changes: changes, rule: rule)
    }

    /// Big-endian, signed where it has eight bytes.
    fileprivate static func number(_ bytes: [UInt8], at place: Int, count: Int) -> Int64 {
        bytes[place..<place + count].reduce(0) { $0 << 8 | Int64($1) }
    }
}

/// What a block of a TZif file has in it.
private struct Header {
    static let size = 44
    var version: UInt8
    var times: Int
    var types: Int
    private var characters: Int
    private var leapSeconds: Int
    private var standardFlags: Int
    private var universalFlags: Int

    init?(_ file: [UInt8], at place: Int) {
        guard file.count >= place + Self.size, file[place..<place + 4].elementsEqual("TZif".utf8) else { return nil }
        version = file[place + 4]
        let counts = (0..<6).map { Int(TimeZoneRules.number(file, at: place + 20 + 4 * $0, count: 4)) }
        (universalFlags, standardFlags, leapSeconds) = (counts[0], counts[1], counts[2])
        (times, types, characters) = (counts[3], counts[4], counts[5])
        // Far from where sums overflow.
        guard counts.allSatisfy({ $0 < 1 << 20 }) else { return nil }
    }

    /// In bytes, without the header.
    func length(timeSize: Int) -> Int {
        times * (timeSize + 1) + types * 6 + characters + leapSeconds * (timeSize + 4) + standardFlags + universalFlags
    }
}
