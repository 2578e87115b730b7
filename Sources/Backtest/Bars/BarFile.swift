import Market

/// Bars of one file, in order of time.
package struct BarFile: Sendable, Equatable {
    /// As the user named it.
    package var name: String
    /// At least one.
    package var bars: [Bar]
    /// The smallest time between two bars, ns; of a single bar a minute.
    package var step: Int64

    package init(name: String, bars: [Bar], step: Int64) {
        self.name = name
        self.bars = bars
        self.step = step
    }

    /// When the first bar begins and the last one ends, since 1970, ns.
    package var start: Int64 { bars.first?.time ?? 0 }
    package var end: Int64 { bars.last?.end ?? 0 }
    /// Bars that would fill its gaps.
    package var missing: Int { Int((end - start) / step) - bars.count }

    /// The longest text: 2.5 years of seconds have a tenth of it.
    static let limit = 4 << 30

    /// Reads a CSV file, plain or compressed by gzip.
    package init(reading path: String) throws(BarFileError) {
        let bytes: [UInt8]
        do throws(GzipFile.Failure) {
            bytes = try GzipFile.read(path, most: Self.limit)
        } catch {
            switch error {
            case .unreadable(let reason): throw BarFileError(file: path, line: nil, "cannot be read: \(reason)")
            case .tooLong:
                throw BarFileError(
                    file: path, line: nil, "is longer than \(Self.limit >> 30) GiB", remedy: "split it by time")
            }
        }
        try self.init(parsing: bytes, name: path)
    }
}

/// What is wrong with a file of bars, and where.
package struct BarFileError: Error, Sendable, Equatable, CustomStringConvertible {
    package var file: String
    /// From 1; nil: the file as a whole.
    package var line: Int?
    package var message: String
    package var remedy: String?

    init(file: String, line: Int?, _ message: String, remedy: String? = nil) {
        self.file = file
        self.line = line
        self.message = message
        self.remedy = remedy
    }

    package var description: String { "\(file):\(line.map { "\($0):" } ?? "") \(message)" }
}
