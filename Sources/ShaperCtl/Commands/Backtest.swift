import ArgumentParser
import Control
import Foundation

struct Backtest: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a policy's volatility section would have done on another day.",
        discussion: """
            Plays price bars at full speed: CSV, plain or by gzip, with a header such as \
            open_time_ms,open,high,low,close,volume,trades. Files that follow each other are one market, \
            which is watched anew after a gap of more than six hours; of files that overlap, the worse decides. \
            Schedules are played too. Needs no root, and touches no node.
            """)

    @Option(help: ArgumentHelp("The policy; - is standard input.", valueName: "file"))
    var policy: String
    @Option(parsing: .upToNextOption, help: ArgumentHelp("Files of bars.", valueName: "file"))
    var bars: [String]
    @Option(help: ArgumentHelp("Draw it: an SVG, or a page where the name ends in .html.", valueName: "file"))
    var plot: String?
    @Option(help: ArgumentHelp("Another policy, to be shown beside it.", valueName: "file"))
    var compare: String?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !bars.isEmpty else { throw ValidationError("--bars needs a file") }
        guard let plot else { return }
        guard [".svg", ".html"].contains(where: plot.lowercased().hasSuffix) else {
            throw ValidationError("--plot \(plot): a picture's name ends in .svg or .html")
        }
    }

    func run() throws {
        let policies = try ([policy] + [compare].compactMap(\.self)).map { try CheckedPolicy(PolicyFile(reading: $0)) }
        if let plot { try checkFolder(of: plot) }
        let progress = ProgressLine()
        let backtest = try Backtesting(policies, bars: bars) { progress.show($0) }
        progress.end()
        if let plot {
            try backtest.plot(to: plot)
            complain("\(plot) is drawn")
        }
        try output.show(backtest.report)
    }

    /// A replay may take long: what is known to fail after it, fails before.
    private func checkFolder(of plot: String) throws {
        let folder = NSString(string: plot).deletingLastPathComponent
        guard folder.isEmpty || FileManager.default.fileExists(atPath: folder + "/.") else {
            throw NodeError(
                "\(plot) cannot be written: there is no folder \(folder)",
                remedy: "mkdir -p \(folder), or name another file")
        }
    }
}

/// How far a long replay is, on standard error: from its third second on, once a second; on a terminal in one line.
private final class ProgressLine {
    private let start = ContinuousClock.now
    private var shown: Duration = .seconds(1)
    private let isTerminal = isatty(STDERR_FILENO) == 1

    func show(_ part: Double) {
        let passed = ContinuousClock.now - start
        guard passed > shown + .seconds(1) else { return }
        shown = passed
        let text = "\(Int(part * 100)) % replayed"
        if isTerminal { FileHandle.standardError.write(Data("\r\(text)".utf8)) } else { complain(text) }
    }

    func end() {
        if isTerminal, shown > .seconds(1) { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
