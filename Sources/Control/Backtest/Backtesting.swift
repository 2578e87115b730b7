import Backtest
import Foundation
import Policy

/// One or two policies, and the bars they are to be tried on.
package struct Backtesting: Sendable {
    private let files: [BarFile]
    private let replays: [(name: String, replay: Replay)]

    /// - Parameter progress: Called now and then, with how much is done, 0...1.
    package init(
        _ policies: [CheckedPolicy], bars paths: [String], progress: (Double) -> Void = { _ in }
    ) throws {
        let volatilities = try policies.map { checked in
            guard let volatility = checked.policy.volatility else {
                throw NodeError(
                    "\(checked.file.name) has no volatility section, so that no market changes anything",
                    remedy: "add one: its feeds may be any, for the bars take their place")
            }
            return volatility
        }
        var files: [BarFile] = []
        for path in paths {
            do throws(BarFileError) {
                files.append(try BarFile(reading: path))
            } catch {
                throw NodeError(error.description, remedy: error.remedy)
            }
        }
        let tape = BarTape(files)
        self.files = files
        replays = zip(policies, volatilities).enumerated().map { index, pair in
            let (checked, volatility) = pair
            let replay = Replay(checked.policy, volatility, tape) {
                progress((Double(index) + $0) / Double(policies.count))
            }
            return (name: checked.file.name, replay: replay)
        }
    }

    package var report: BacktestReport { BacktestReport(files, replays) }

    /// Writes the picture: an SVG, or a page with it and the changes where the name ends in `.html`.
    package func plot(to path: String) throws {
        let picture = Picture(files, replays)
        let text = path.lowercased().hasSuffix(".html") ? picture.page(report) : picture.svg
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw NodeError("\(path) cannot be written: \(error.localizedDescription)", remedy: "name another file")
        }
    }
}
