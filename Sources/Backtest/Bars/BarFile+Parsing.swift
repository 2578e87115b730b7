import Market

extension BarFile {
    /// Reads the text of a CSV file: a header, and a bar a line in order of time. Columns may be in any order; those that
    /// are not bars' are passed over, and so are empty lines.
    package init(parsing bytes: [UInt8], name: String) throws(BarFileError) {
        var lines = CSVLines(bytes)
        guard let header = lines.next() else {
            throw BarFileError(file: name, line: nil, "is empty", remedy: BarColumns.remedy)
        }
        let columns = try BarColumns(lines.cells(of: header), file: name, line: lines.number)
        var bars: [Bar] = []
        bars.reserveCapacity(bytes.count / 40)
        var (step, stepLine) = (Int64.max, 0)
        var cells: [Range<Int>] = []
        while let line = lines.next() {
            lines.split(line, into: &cells)
            let row = BarRow(bytes: bytes, cells: cells, columns: columns, file: name, line: lines.number)
            let bar = try row.bar()
            if let last = bars.last {
                guard bar.time > last.time else {
                    throw row.error(
                        "\(columns.name(.time)) \(row.text(.time)) is not after that of the bar before",
                        remedy: "sort the bars by time, and remove those that are there twice")
                }
                if bar.time - last.time < step { (step, stepLine) = (bar.time - last.time, lines.number) }
            }
            bars.append(bar)
        }
        guard !bars.isEmpty else {
            throw BarFileError(file: name, line: nil, "has a header, but no bars", remedy: "name another file")
        }
        if bars.count == 1 { step = 60_000_000_000 }
        guard step <= BarTimes.longestStep else {
            throw BarFileError(
                file: name, line: stepLine,
                "this bar is \(step / 86_400_000_000_000) days after the one before, and no two are nearer",
                remedy: "give bars of 7 days at most")
        }
        for index in bars.indices { bars[index].step = step }
        self.init(name: name, bars: bars, step: step)
    }
}

/// One line of a file of bars.
private struct BarRow {
    let bytes: [UInt8]
    let cells: [Range<Int>]
    let columns: BarColumns
    let file: String
    let line: Int

    /// The step is not known yet.
    func bar() throws(BarFileError) -> Bar {
        guard cells.count == columns.count else {
            throw error(
                "there are \(cells.count) values, but the header names \(columns.count)",
                remedy: "remove the line, or fill it")
        }
        let bar = Bar(
            time: try time(), step: 0, open: try price(.open), high: try price(.high), low: try price(.low),
            close: try price(.close), volume: try amount(.volume) ?? 0,
            trades: try amount(.trades).map { Int($0) })
        guard bar.high >= bar.low else {
            throw error(
                "the high \(text(.high)) is below the low \(text(.low))", remedy: "correct the bar, or remove it")
        }
        for column in [BarColumns.Column.open, .close] {
            let price = column == .open ? bar.open : bar.close
            guard price <= bar.high, price >= bar.low else {
                throw error(
                    "the \(columns.name(column)) \(text(column)) is not between the low \(text(.low)) "
                        + "and the high \(text(.high))", remedy: "correct the bar, or remove it")
            }
        }
        return bar
    }

    /// ns.
    private func time() throws(BarFileError) -> Int64 {
        let text = text(.time)
        guard let cell = cell(.time),
            let milliseconds = NumberScan.whole(bytes, cell) ?? Int64(text).flatMap({ $0 < 0 ? nil : $0 })
        else {
            throw error(
                "\(columns.name(.time)) \(quoted(text)) is no time in milliseconds since 1970",
                remedy: "write a whole number such as 1584008400000")
        }
        guard BarTimes.milliseconds.contains(milliseconds) else {
            let when = milliseconds < BarTimes.milliseconds.lowerBound ? "before 1971" : "after 2115"
            throw error(
                "\(columns.name(.time)) \(text) is \(when) in milliseconds since 1970",
                remedy: BarTimes.guess(milliseconds).map {
                    "it seems to be in \($0.unit): write \($0.milliseconds)"
                } ?? "give bars of 1971 to 2115, their times in milliseconds since 1970")
        }
        return milliseconds * 1_000_000
    }

    private func price(_ column: BarColumns.Column) throws(BarFileError) -> Double {
        guard let cell = cell(column), let price = NumberScan.decimal(bytes, cell) else { throw notNumber(column) }
        guard price > 0 else {
            throw error(
                "the \(columns.name(column)) \(text(column)) is not above zero", remedy: "correct the bar, or remove it"
            )
        }
        return price
    }

    /// nil: there is no such column.
    private func amount(_ column: BarColumns.Column) throws(BarFileError) -> Double? {
        guard let cell = cell(column) else { return nil }
        guard let amount = NumberScan.decimal(bytes, cell) else { throw notNumber(column) }
        guard amount >= 0, amount < 1e18 else {
            throw error(
                "\(columns.name(column)) \(text(column)) is \(amount < 0 ? "below zero" : "too large")",
                remedy: "correct the bar, or remove it")
        }
        return amount
    }

    private func notNumber(_ column: BarColumns.Column) -> BarFileError {
        error(
            "\(columns.name(column)) \(quoted(text(column))) is not a number",
            remedy: "correct the bar, or remove it: a bar may be missing")
    }

    private func cell(_ column: BarColumns.Column) -> Range<Int>? { columns[column].map { cells[$0] } }

    func text(_ column: BarColumns.Column) -> String {
        cell(column).map { String(decoding: bytes[$0].prefix(40), as: UTF8.self) } ?? ""
    }

    private func quoted(_ text: String) -> String { "\"\(text)\"" }

    func error(_ message: String, remedy: String) -> BarFileError {
        BarFileError(file: file, line: line, message, remedy: remedy)
    }
}
