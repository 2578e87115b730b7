import Foundation
import Market
import Testing

/// Recorded prices that are not part of the project: `bars` and `golden` under `$SHAPER_DATA`.
enum MarketData {
    /// What a test that wants it says where it is not.
    static let comment = "no bars to read: set SHAPER_DATA to a folder that has them in bars/ and golden/"

    private static let folder =
        ProcessInfo.processInfo.environment["SHAPER_DATA"]
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../shared/data")
        .path

    /// Whether there are any. In CI there must be: there the tests run, and fail, without.
    static var areExpected: Bool {
        ["bars", "golden"].allSatisfy { FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
            || ProcessInfo.processInfo.environment["CI"].map { !$0.isEmpty } ?? false
    }

    /// Fields of the lines after the header.
    static func rows(_ name: String) throws -> [[Substring]] {
        try text("\(folder)/\(name)").split(separator: "\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
    }

    /// Bars of a file in `bars`. `step`: s.
    static func bars(_ name: String, step: Int64) throws -> [Bar] {
        try rows("bars/\(name)").map { row in
            let numbers = try row.map { field in try #require(Double(field), "\(name): \(field)") }
            return Bar(
                time: Int64(numbers[0]) * 1_000_000, step: step * 1_000_000_000, open: numbers[1], high: numbers[2],
                low: numbers[3], close: numbers[4], volume: numbers[5],
                trades: numbers.count > 7 ? Int(numbers[7]) : nil)
        }
    }

    private static func text(_ path: String) throws -> String {
        guard path.hasSuffix(".gz") else { return try String(contentsOfFile: path, encoding: .utf8) }
        let gzip = Process()
        gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        gzip.arguments = ["gzip", "-dc", path]
        let output = Pipe()
        gzip.standardOutput = output
        try gzip.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        gzip.waitUntilExit()
        guard gzip.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
        return String(decoding: data, as: UTF8.self)
    }
}

/// When it was: `2020-03-12T10:40:00Z`, in ns since 1970.
func time(_ text: String) throws -> Int64 {
    let date = try #require(ISO8601DateFormatter().date(from: text), "\(text)")
    return Int64(date.timeIntervalSince1970) * 1_000_000_000
}
