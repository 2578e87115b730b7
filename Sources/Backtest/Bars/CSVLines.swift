/// Lines of text that are not empty, and their cells: no quotes, no escapes.
struct CSVLines {
    private let bytes: [UInt8]
    private var place = 0
    /// Of the line that was read last, from 1.
    private(set) var number = 0

    private static let newline = UInt8(ascii: "\n")
    private static let comma = UInt8(ascii: ",")
    private static let blanks: Set<UInt8> = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // The mark that some programs put before UTF-8.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
    }

    mutating func next() -> Range<Int>? {
        while place < bytes.count {
            let start = place
            while place < bytes.count, bytes[place] != Self.newline { place += 1 }
            let end = place
            place += 1
            number += 1
            let line = trimmed(start..<end)
            if !line.isEmpty { return line }
        }
        return nil
    }

    func split(_ line: Range<Int>, into cells: inout [Range<Int>]) {
        cells.removeAll(keepingCapacity: true)
        var start = line.lowerBound
        for index in line where bytes[index] == Self.comma {
            cells.append(trimmed(start..<index))
            start = index + 1
        }
        cells.append(trimmed(start..<line.upperBound))
    }

    func cells(of line: Range<Int>) -> [String] {
        var cells: [Range<Int>] = []
        split(line, into: &cells)
        return cells.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, bytes[start] <= 32, Self.blanks.contains(bytes[start]) { start += 1 }
        while start < end, bytes[end - 1] <= 32, Self.blanks.contains(bytes[end - 1]) { end -= 1 }
        return start..<end
    }
}
