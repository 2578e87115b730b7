import FoundationEssentials
import SystemPackage

/// What was decided, kept for those who ask afterwards: a line of JSON each, in two files, the older of which goes when
/// the newer is full.
package struct DecisionLog: Sendable {
    private let path: String
    private let mostBytes: Int

    package init(node: String) { self.init(path: RunFolder.decisions(node)) }

    init(path: String, mostBytes: Int = 1 << 20) {
        self.path = path
        self.mostBytes = mostBytes
    }

    private var older: String { Self.older(than: path) }

    static func older(than path: String) -> String { path + ".1" }

    /// The last ones, oldest first. Lines that cannot be read are passed over.
    package func entries(last count: Int) -> [DecisionEntry] {
        var lines: [Data.SubSequence] = []
        for path in [older, path] {
            guard let data = try? Data(contentsOf: URL(filePath: path)) else { continue }
            lines += data.split(separator: UInt8(ascii: "\n"))
        }
        return lines.suffix(count).compactMap { try? JSONDecoder().decode(DecisionEntry.self, from: Data($0)) }
    }

    /// One writer at a time: the node's daemon.
    func add(_ entry: DecisionEntry) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var line = try encoder.encode(entry)
        line.append(UInt8(ascii: "\n"))
        let file = try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.create, .append, .closeOnExec],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
        let size = try file.closeAfter {
            _ = try file.writeAll(line)
            return try file.seek(offset: 0, from: .end)
        }
        if size > mostBytes { try replaceOlder() }
    }

    private func replaceOlder() throws {
        try? FileManager.default.removeItem(atPath: older)
        try FileManager.default.moveItem(atPath: path, toPath: older)
    }
}
