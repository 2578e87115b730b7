/// What the header says.
struct BarColumns {
    enum Column: Int, CaseIterable { case time, open, high, low, close, volume, trades }

    static let remedy = "begin it with a header such as open_time_ms,open,high,low,close,volume"
    private static let names: [Column: [String]] = [
        .time: ["open_time_ms"], .open: ["open"], .high: ["high"], .low: ["low"], .close: ["close"],
        .volume: ["volume", "volume_base"], .trades: ["trades"],
    ]

    /// By `Column`: where it is; nil: it is not there.
    private var places: [Int?]
    /// Cells in a line.
    let count: Int

    init(_ header: [String], file: String, line: Int) throws(BarFileError) {
        count = header.count
        places = Column.allCases.map { column in
            header.firstIndex { Self.names[column]?.contains($0) == true }
        }
        for column in Column.allCases where ![.volume, .trades].contains(column) && self[column] == nil {
            for (separator, text) in [(";", "\";\""), ("\t", "tabs"), ("|", "\"|\"")]
            where header.contains(where: { $0.contains(separator) }) {
                throw BarFileError(
                    file: file, line: line,
                    "there is no column \(name(column)): the columns seem to be separated by \(text)",
                    remedy: "separate them by commas, and write decimals with a point")
            }
            let names = header.prefix(20).map { "\"\($0.prefix(40))\"" }.joined(separator: ", ")
            throw BarFileError(
                file: file, line: line, "there is no column \(name(column)) among \(names)", remedy: Self.remedy)
        }
    }

    subscript(column: Column) -> Int? { places[column.rawValue] }

    func name(_ column: Column) -> String { Self.names[column]?.first ?? "" }
}
