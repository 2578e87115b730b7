import FoundationEssentials
import Glibc

/// What the process itself uses, under the names every Prometheus exporter has for it.
package struct ProcessUsage: Sendable, Equatable {
    /// User and system time, in seconds.
    package var cpuSeconds: Double
    package var residentBytes: UInt64
    /// Seconds since 1970.
    package var startTime: Double
    package var openFiles: UInt64

    /// Of the calling process, now.
    ///
    /// - Throws: `Unreadable`, where /proc is not mounted or the process may open no more files.
    package static func current() throws -> ProcessUsage {
        // Listing the directory holds one descriptor of its own.
        let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count - 1
        return try ProcessUsage(
            processStat: text("/proc/self/stat"), systemStat: text("/proc/stat"), openFiles: UInt64(files),
            ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))), pageSize: UInt64(sysconf(Int32(_SC_PAGESIZE))))
    }

    /// From the texts of `/proc/self/stat` and `/proc/stat` (proc(5)).
    ///
    /// - Throws: `Unreadable`, naming the file that is not as proc(5) says.
    init(
        processStat: String, systemStat: String, openFiles: UInt64, ticksPerSecond: Double, pageSize: UInt64
    ) throws(Unreadable) {
        // The second field is the program's name in parentheses, and may hold anything, parentheses included.
        // Fields are counted from the third, the state.
        let fields = processStat.split(separator: ")").last?.split(whereSeparator: \.isWhitespace) ?? []
        guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
            let start = Double(fields[19]), let pages = UInt64(fields[21])
        else { throw Unreadable(file: "/proc/self/stat") }
        guard let boot = systemStat.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
            let bootTime = Double(boot.dropFirst("btime ".count))
        else { throw Unreadable(file: "/proc/stat") }

        cpuSeconds = (user + system) / ticksPerSecond
        residentBytes = pages * pageSize
        startTime = bootTime + start / ticksPerSecond
        self.openFiles = openFiles
    }

    package var families: [MetricFamily] {
        [
            .counter(
                "process_cpu_seconds_total", "User and system CPU time spent, in seconds.", [.init(cpuSeconds)]),
            .gauge("process_resident_memory_bytes", "Resident memory size in bytes.", [.init(residentBytes)]),
            .gauge(
                "process_start_time_seconds", "When the process started, in seconds since 1970.", [.init(startTime)]),
            .gauge("process_open_fds", "Open file descriptors.", [.init(openFiles)]),
        ]
    }

    package struct Unreadable: Error, Equatable, CustomStringConvertible {
        package var file: String
        package var description: String { "\(file) cannot be read as proc(5) describes it" }
    }

    private static func text(_ path: String) throws(Unreadable) -> String {
        guard let bytes = FileManager.default.contents(atPath: path) else { throw Unreadable(file: path) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
