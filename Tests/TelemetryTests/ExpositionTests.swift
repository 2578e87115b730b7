import Telemetry
import Testing

@testable import enum Telemetry.Exposition

@Suite("Text exposition")
struct ExpositionTests {
    @Test(
        "numbers are printed so that Prometheus reads back the same",
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (-3, "-3"), (0.25, "0.25"), (1e15, "1000000000000000"),
            (0x1p53, "9007199254740992"), (1e20, "1e+20"), (1e-7, "1e-07"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)])
    func numbers(value: Double, text: String) {
        #expect(Exposition.number(value) == text)
    }

    @Test("a 64-bit counter keeps its last digit")
    func exactIntegers() {
        let page = Exposition.render([.counter("x_total", "X.", [.init(UInt64.max)])])
        #expect(page.hasSuffix("\nx_total 18446744073709551615\n"))
    }

    @Test(
        "label values are escaped",
        arguments: [
            ("plain", "plain"), ("", ""), (#"a"b"#, #"a\"b"#), (#"a\b"#, #"a\\b"#), ("a\nb", #"a\nb"#),
            ("a\r\nb", "a\r\\nb"), (#"\n"#, #"\\n"#), ("Zürich", "Zürich"),
        ])
    func labelValues(value: String, escaped: String) {
        #expect(Exposition.escapeLabel(value) == escaped)
    }

    @Test(
        "help keeps its quotes and loses its line breaks",
        arguments: [(#"a "b""#, #"a "b""#), ("a\nb", #"a\nb"#), (#"a\b"#, #"a\\b"#)])
    func help(text: String, escaped: String) {
        #expect(Exposition.escapeHelp(text) == escaped)
    }

    @Test("a histogram's buckets add up, and end with everything")
    func histogram() {
        let delays = MetricFamily.Histogram(bounds: [0.001, 0.01], counts: [2, 3, 1], sum: 0.5)
        let page = Exposition.render([
            .histogram("delay_seconds", "Waiting.", [.init(delays, [("class", "bulk")]), .init(delays)])
        ])
        #expect(
            page == """
                # HELP delay_seconds Waiting.
                # TYPE delay_seconds histogram
                delay_seconds_bucket{class="bulk",le="0.001"} 2
                delay_seconds_bucket{class="bulk",le="0.01"} 5
                delay_seconds_bucket{class="bulk",le="+Inf"} 6
                delay_seconds_sum{class="bulk"} 0.5
                delay_seconds_count{class="bulk"} 6
                delay_seconds_bucket{le="0.001"} 2
                delay_seconds_bucket{le="0.01"} 5
                delay_seconds_bucket{le="+Inf"} 6
                delay_seconds_sum 0.5
                delay_seconds_count 6

                """)
    }

    @Test("what Prometheus would reject is found", arguments: Flaw.all)
    func problems(flaw: Flaw) {
        #expect(Exposition.problems(in: flaw.families) == flaw.problems)
    }

    struct Flaw: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let families: [MetricFamily]
        let problems: [String]

        init(_ description: String, _ families: MetricFamily..., problems: [String]) {
            self.testDescription = description
            self.families = families
            self.problems = problems
        }

        private static let one = UInt64(1)
        private static let ragged = MetricFamily.Histogram(bounds: [1, 2], counts: [1, 1], sum: 2)
        private static let descending = MetricFamily.Histogram(bounds: [2, 1], counts: [1, 1, 1], sum: 2)

        static let all = [
            Flaw(
                "nothing wrong", .gauge("a", "A.", [.init(one, [("x", "1")]), .init(one, [("x", "2")])]), problems: []),
            Flaw("a hyphen in the name", .gauge("a-b", "A.", []), problems: [#""a-b" is not a metric name"#]),
            Flaw("a digit first", .gauge("4a", "A.", []), problems: [#""4a" is not a metric name"#]),
            Flaw("an empty name", .gauge("", "A.", []), problems: [#""" is not a metric name"#]),
            Flaw("no help", .gauge("a", "", []), problems: ["a has no help"]),
            Flaw(
                "a counter without _total", .counter("a", "A.", []),
                problems: ["a is a counter: counters, and only they, end in _total"]),
            Flaw(
                "a gauge with _total", .gauge("a_total", "A.", []),
                problems: ["a_total is a gauge: counters, and only they, end in _total"]),
            Flaw(
                "a family twice", .gauge("a", "A.", []), .gauge("a", "A.", []), problems: ["a is in two families"]),
            Flaw(
                "a histogram's count that is another gauge's name", .histogram("a", "A.", []),
                .gauge("a_count", "A.", []), problems: ["a_count is in two families"]),
            Flaw(
                "a label with a hyphen", .gauge("a", "A.", [.init(one, [("x-y", "")])]),
                problems: [#""x-y" cannot be a label of a"#]),
            Flaw(
                "a reserved label", .gauge("a", "A.", [.init(one, [("__name__", "")])]),
                problems: [#""__name__" cannot be a label of a"#]),
            Flaw(
                "a label twice", .gauge("a", "A.", [.init(one, [("x", "1"), ("x", "2")])]),
                problems: ["a has the label x twice"]),
            Flaw(
                "a series twice, its labels in another order",
                .gauge("a", "A.", [.init(one, [("x", "1"), ("y", "2")]), .init(one, [("y", "2"), ("x", "1")])]),
                problems: [#"a has two samples with the labels [("y", "2"), ("x", "1")]"#]),
            Flaw(
                "a falling counter", .counter("a_total", "A.", [.init(-1.0)]),
                problems: ["a_total is a counter of -1.0"]),
            Flaw(
                "a number in a histogram", .histogram("a", "A.", [.init(one)]),
                problems: ["a is a histogram, its value is not"]),
            Flaw(
                "a histogram in a gauge", .gauge("a", "A.", [.init(ragged)]),
                problems: ["a is a gauge, its value is not"]),
            Flaw(
                "a histogram short of a count", .histogram("a", "A.", [.init(ragged)]),
                problems: ["a has a histogram whose bounds and counts do not fit"]),
            Flaw(
                "a histogram with falling bounds", .histogram("a", "A.", [.init(descending)]),
                problems: ["a has a histogram whose bounds and counts do not fit"]),
            Flaw(
                "le as a histogram's own label", .histogram("a", "A.", [.init(Self.fine, [("le", "1")])]),
                problems: [#""le" cannot be a label of a"#]),
        ]
        private static let fine = MetricFamily.Histogram(bounds: [], counts: [0], sum: 0)
    }
}
