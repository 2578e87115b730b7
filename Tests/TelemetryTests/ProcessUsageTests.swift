import Foundation
import Testing

@testable import Telemetry

@Suite("Process metrics")
struct ProcessUsageTests {
    private static let system = "cpu  1 2 3\nintr 5\nbtime 1700000000\nprocesses 9\n"

    /// The fields of proc(5), those that are not used being 7.
    private static func stat(name: String) -> String {
        "42 (\(name)) S 7 7 7 7 7 7 7 7 7 7 150 50 7 7 7 7 7 7 1000 7 25 7 7 7\n"
    }

    @Test(
        "the fields of proc(5) are found behind any program name", arguments: ["shaperctl", "a) R (b", ") S 1 (", ""])
    func fields(name: String) throws {
        let usage = try ProcessUsage(
            processStat: Self.stat(name: name), systemStat: Self.system, openFiles: 12, ticksPerSecond: 100,
            pageSize: 4096)
        #expect(usage.cpuSeconds == 2)
        #expect(usage.startTime == 1_700_000_010)
        #expect(usage.residentBytes == 25 * 4096)
        #expect(usage.openFiles == 12)
    }

    @Test(
        "a file that is not as expected is named",
        arguments: [
            ("", system, "/proc/self/stat"), ("42 (a) S 1 2", system, "/proc/self/stat"),
            (stat(name: "a"), "", "/proc/stat"), (stat(name: "a"), "btime soon\n", "/proc/stat"),
        ])
    func unreadable(process: String, system: String, file: String) {
        #expect(throws: ProcessUsage.Unreadable(file: file)) {
            try ProcessUsage(
                processStat: process, systemStat: system, openFiles: 0, ticksPerSecond: 100, pageSize: 4096)
        }
    }

    @Test("this process is alive and started in the past")
    func current() throws {
        let usage = try ProcessUsage.current()
        let now = Date().timeIntervalSince1970
        #expect(usage.residentBytes > 1 << 20)
        #expect(usage.openFiles >= 3)
        #expect(usage.startTime < now + 1)
        #expect(usage.startTime > now - 3600)
    }
}
