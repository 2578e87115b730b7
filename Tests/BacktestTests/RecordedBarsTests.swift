import Foundation
import Market
import Testing

@testable import Backtest
@testable import Policy

@Suite("Recorded bars, replayed")
struct RecordedBarsTests {
    private static let names = [
        "btcusd_coinbase_1s_2016-10-07.csv.gz", "btcusdt_perp_1m_2020-03-12_1020-1120utc.csv",
        "btcusdt_perp_1m_2023-08-01_2023-08-14_calm.csv.gz", "btcusdt_spot_1m_2021-04-16_2021-04-19.csv.gz",
        "btcusdt_spot_1m_2021-05-15_2021-05-20.csv.gz", "btcusdt_spot_5m_2020-03-01_2020-03-12.csv.gz",
    ]

    private func read(_ name: String) throws -> BarFile {
        try BarFile(reading: try #require(Tapes.folder, "SHAPER_DATA has no bars") + "/" + name)
    }

    @Test("are read, plain or compressed", .enabled(if: Tapes.folder != nil || Tapes.isRequired, "no recorded bars"))
    func all() throws {
        let files = try Self.names.map { try read($0) }
        #expect(files.map(\.bars.count) == [4063, 61, 20160, 5760, 8441, 3398])
        #expect(files.map { $0.step / 1_000_000_000 } == [1, 60, 60, 60, 60, 300])
        #expect(files.last?.missing == 25)
        #expect(files[1].bars.first?.trades == 2101 && files[1].bars.first?.volume == 1074.066)
    }

    @Test(
        "of 18 April 2021 are extreme by 03:23, and hardly a storm before and after",
        .enabled(if: Tapes.folder != nil || Tapes.isRequired, "no recorded bars"))
    func april() throws {
        let file = try read("btcusdt_spot_1m_2021-04-16_2021-04-19.csv.gz")
        let run = BacktestReport([file], [(name: "p", replay: Tapes.replay([file]))]).policies[0]
        let extreme = try #require(run.changes.first { $0.to == "extreme" })
        #expect(extreme.time > "2021-04-18T03:00:00Z" && extreme.time <= "2021-04-18T03:23:00Z")
        #expect(run.worst?.time.hasPrefix("2021-04-18T03:") == true)
    }

    @Test(
        "of 12 March 2020 are extreme by 10:40, with the days before as the baseline",
        .enabled(if: Tapes.folder != nil || Tapes.isRequired, "no recorded bars"))
    func march() throws {
        let files = try [Self.names[5], Self.names[1]].map { try read($0) }
        let replay = Tapes.replay(files)
        let extreme = try #require(replay.changes.first { $0.look.regime == .extreme })
        #expect(UTC(extreme.look.time).iso <= "2020-03-12T10:40:00Z")
        let picture = Picture(files, [(name: "p", replay: replay)])
        #expect(picture.svg.contains("id=\"price-2\"") && picture.svg.contains("id=\"messages\""))
    }

    @Test("that were cut short say so", .enabled(if: Tapes.folder != nil || Tapes.isRequired, "no recorded bars"))
    func truncated() throws {
        let folder = try #require(Tapes.folder)
        let bytes = try Data(contentsOf: URL(filePath: folder + "/" + Self.names[3]))
        let path = NSTemporaryDirectory() + "/bars-\(UUID().uuidString).csv.gz"
        defer { try? FileManager.default.removeItem(atPath: path) }
        for count in [bytes.count / 2, bytes.count - 4] {
            try bytes.prefix(count).write(to: URL(filePath: path))
            let error = #expect(throws: BarFileError.self) { try BarFile(reading: path) }
            #expect(error?.message == "cannot be read: unexpected end of file", "\(error?.description ?? "")")
        }
    }
}
