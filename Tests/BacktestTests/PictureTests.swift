import Foundation
import FoundationXML
import Market
import Testing

@testable import Backtest
@testable import Policy

@Suite("The picture of a backtest")
struct PictureTests {
    private final class Reader: NSObject, XMLParserDelegate {
        var elements: [(name: String, attributes: [String: String])] = []
        var texts = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            elements.append((name, attributes))
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { texts += string }
    }

    private func read(_ text: String) throws -> Reader {
        let parser = XMLParser(data: Data(text.utf8))
        let reader = Reader()
        parser.delegate = reader
        try #require(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "") in line \(parser.lineNumber)")
        return reader
    }

    private func picture(_ files: [BarFile], _ policies: [(String, Policy)]) -> Picture {
        Picture(files, policies.map { (name: $0.0, replay: Tapes.replay(files, $0.1)) })
    }

    @Test("is XML with the regimes' bands, the curves and the quotas that move")
    func elements() throws {
        let picture = picture([Tapes.crash()], [("p.yaml", Tapes.policy())])
        let reader = try read(picture.svg)
        let groups = reader.elements.filter { $0.name == "g" }.compactMap { $0.attributes["id"] }
        #expect(groups == ["price-1", "volatility", "messages", "quotas-1", "times"])
        for regime in picture.replays[0].replay.looks.map(\.regime) {
            #expect(reader.elements.contains { $0.attributes["class"] == regime.rawValue })
        }
        for text in [
            "Backtest of p.yaml", "crash.csv", "Quotas in slice perp", "market-data", "baseline", "UTC",
            "elevated: the higher of", "80 % and 2.5 × baseline",
        ] {
            #expect(reader.texts.contains(text), "\(text)")
        }
        let page = try read(picture.page(BacktestReport(picture.files, picture.replays)))
        #expect(page.elements.count { $0.name == "tr" } == picture.replays[0].replay.changes.count + 1)
    }

    @Test("has a panel of quotas for each of two policies")
    func compared() throws {
        let picture = picture(
            [Tapes.crash(trades: false)], [("p.yaml", Tapes.policy()), ("q.yaml", Tapes.policy(bulk: 40))])
        let reader = try read(picture.svg)
        let groups = reader.elements.filter { $0.name == "g" }.compactMap { $0.attributes["id"] }
        #expect(groups == ["price-1", "volatility", "quotas-1", "quotas-2", "times"])
        #expect(reader.texts.contains("by p.yaml, Mbit/s") && reader.texts.contains("by q.yaml, Mbit/s"))
    }

    @Test("of two policies shows the slice in which they differ, with what moves by one of them alone")
    func differing() throws {
        // In perp more figures move, but there both are the same.
        var other = Tapes.policy()
        other.volatility?.quotas[.extreme] = Quotas(
            classes: ["bulk": Policy.ClassQuota(guarantee: nil, ceiling: .percent(7))])
        let base = Tapes.policy()
        #expect(ShownQuotas([Tapes.replay([Tapes.crash()], base)]).slice == "perp")
        let shown = ShownQuotas([base, other].map { Tapes.replay([Tapes.crash()], $0) })
        // What differs comes first.
        let changed = ShownQuotas([base, Tapes.policy(bulk: 40)].map { Tapes.replay([Tapes.crash()], $0) })
        #expect(changed.slice == "perp" && changed.names.map(\.className) == ["bulk", "market-data"])
        #expect(shown.isDifference && shown.slice == "(common)", "\(shown)")
    }

    @Test("draws what is short two pixels wide, and the worse over the milder")
    func slivers() throws {
        let picture = picture([Tapes.crash()], [("p.yaml", Tapes.policy())])
        let bands = try read(picture.svg).elements.filter { $0.attributes["class"] != nil }
        let names = bands.prefix(while: { $0.attributes["y"] == bands[0].attributes["y"] }).compactMap {
            $0.attributes["class"]
        }
        #expect(names == names.sorted { Regime(rawValue: $0) ?? .calm < Regime(rawValue: $1) ?? .calm })
        #expect(names.contains("extreme") || names.contains("storm"))
        #expect(bands.allSatisfy { Double($0.attributes["width"] ?? "") ?? 0 >= 2 })
    }

    @Test("is XML whatever the names, and without quotas to move")
    func escaped() throws {
        var policy = Tapes.policy()
        policy.volatility?.quotas = [:]
        let name = "a<b>&\"c'\u{1}d]]>.csv"
        let picture = picture([Tapes.crash(name: name)], [(name, policy)])
        #expect(try read(picture.svg).texts.contains("a<b>&\"c'd]]>.csv"))
        _ = try read(picture.page(BacktestReport(picture.files, picture.replays)))
    }

    @Test("of a single bar, or of bars at one price, is a picture nevertheless")
    func degenerate() throws {
        let bar = Bar(
            time: Tapes.start, step: Tapes.minute, open: 1, high: 1, low: 1, close: 1, volume: 0, trades: nil)
        _ = try read(picture([BarFile(name: "one", bars: [bar], step: Tapes.minute)], [("p", Tapes.policy())]).svg)
        let flat = (0..<100).map { index in
            var bar = bar
            bar.time += Int64(index) * Tapes.minute
            return bar
        }
        let svg = picture([BarFile(name: "flat", bars: flat, step: Tapes.minute)], [("p", Tapes.policy())]).svg
        _ = try read(svg)
        #expect(!svg.contains("nan") && !svg.contains("inf\""))
    }

    @Test("has at most four points in a column, and every extreme")
    func thinned() throws {
        let samples = (0..<100_000).map { (time: Int64($0), value: Double(($0 * 7919) % 100_003) as Double?) }
        let scale = TimeScale([0...100_000], left: 0, right: 1000)
        let curve = Curve(samples, on: scale, gap: 1)
        let kept = curve.pieces.joined()
        #expect(curve.pieces.count == 1)
        #expect(kept.count <= 4 * (TimeScale.columns + 1))
        #expect(kept.map(\.value).max() == samples.compactMap(\.value).max())
        #expect(kept.map(\.value).min() == samples.compactMap(\.value).min())
        #expect(kept.first?.time == 0 && kept.last?.time == 99999)
        #expect(zip(kept, kept.dropFirst()).allSatisfy { $0.time < $1.time })
        let holes: [(time: Int64, value: Double?)] = [(0, 1), (1, nil), (2, 1), (9, 2)]
        #expect(Curve(holes, on: TimeScale([0...10], left: 0, right: 1000), gap: 3).pieces.map(\.count) == [1, 1, 1])
    }

    @Test("leaves long gaps out: the pieces are side by side, and say which year they are of")
    func pieces() throws {
        var second = Tapes.crash(name: "later.csv")
        for index in second.bars.indices { second.bars[index].time += 3 * 365 * 1440 * Tapes.minute }
        let picture = picture([Tapes.crash(), second], [("p.yaml", Tapes.policy())])
        let pieces = picture.time.pieces
        #expect(pieces.count == 2)
        #expect(pieces[0].left == Picture.left && pieces[1].right == Picture.right)
        #expect(pieces[1].left > pieces[0].right)
        #expect(pieces[0].right - pieces[0].left == pieces[1].right - pieces[1].left)
        #expect(picture.time.x(second.start - 1) == pieces[0].right)
        let reader = try read(picture.svg)
        #expect(reader.texts.contains("15 Nov 2023") && reader.texts.contains("14 Nov 2026"))
        let bands = reader.elements.filter { $0.attributes["class"] != nil }
        for band in bands {
            let left = try #require(band.attributes["x"].flatMap(Double.init))
            let width = try #require(band.attributes["width"].flatMap(Double.init))
            #expect(pieces.contains { left >= $0.left - 0.1 && left + width <= $0.right + 2.1 })
        }
        // Nothing is joined over the break.
        let curve = Curve(
            [(pieces[0].end, 1), (pieces[1].start, 1)].map { (time: $0.0, value: $0.1) }, on: picture.time, gap: .max)
        #expect(curve.pieces.count == 2)
    }

    @Test("has round times and values on its axes")
    func ticks() {
        let time = TimeScale([1_618_531_200_000_000_000...1_618_876_800_000_000_000], left: 0, right: 100)
        #expect(
            time.ticks.map(\.label) == [
                "00:00", "12:00", "00:00", "12:00", "00:00", "12:00", "00:00", "12:00", "00:00",
            ])
        #expect(time.ticks.compactMap(\.date) == ["16 Apr", "17 Apr", "18 Apr", "19 Apr", "20 Apr"])
        #expect(
            ValueScale(logarithmic: 20...600, top: 0, bottom: 100).ticks.map { fixed($0, 0) } == [
                "20", "50", "100", "200", "500",
            ])
        #expect(ValueScale(linear: 0...95, top: 0, bottom: 100).ticks == [0, 20, 40, 60, 80, 100])
    }
}
