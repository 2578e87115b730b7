/// One metric as Prometheus knows it: a name, what it means, and its samples.
///
/// Names follow Prometheus' conventions (base units; `_total` on counters); `Exposition.problems(in:)` checks them.
package struct MetricFamily: Sendable {
    package enum Kind: String, Sendable { case counter, gauge, histogram }

    package var name: String
    /// One sentence for people, shown beside the metric.
    package var help: String
    package var kind: Kind
    package var samples: [Sample]

    package init(name: String, help: String, kind: Kind, samples: [Sample]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.samples = samples
    }

    package static func counter(_ name: String, _ help: String, _ samples: [Sample]) -> MetricFamily {
        MetricFamily(name: name, help: help, kind: .counter, samples: samples)
    }

    package static func gauge(_ name: String, _ help: String, _ samples: [Sample]) -> MetricFamily {
        MetricFamily(name: name, help: help, kind: .gauge, samples: samples)
    }

    package static func histogram(_ name: String, _ help: String, _ samples: [Sample]) -> MetricFamily {
        MetricFamily(name: name, help: help, kind: .histogram, samples: samples)
    }

    /// One time series of a family.
    package struct Sample: Sendable {
        /// Name and value, in the order they are printed. Names are the program's own; values may be any text.
        package var labels: [(String, String)]
        package var value: Value

        package init(_ value: UInt64, _ labels: [(String, String)] = []) {
            self.labels = labels
            self.value = .integer(value)
        }

        package init(_ value: Double, _ labels: [(String, String)] = []) {
            self.labels = labels
            self.value = .real(value)
        }

        package init(_ value: Histogram, _ labels: [(String, String)] = []) {
            self.labels = labels
            self.value = .histogram(value)
        }
    }

    package enum Value: Sendable {
        /// Printed exactly: kernel counters have 64 bits, a Double only 53.
        case integer(UInt64)
        case real(Double)
        case histogram(Histogram)
    }

    /// How often values fell between bounds.
    package struct Histogram: Sendable {
        /// Ascending upper bounds, each inclusive.
        package var bounds: [Double]
        /// How many values fell at or below each bound and above the one before it; the last counts those above
        /// every bound. One more than `bounds`. Not cumulative.
        package var counts: [UInt64]
        /// Of all values, in the metric's unit.
        package var sum: Double

        package init(bounds: [Double], counts: [UInt64], sum: Double) {
            self.bounds = bounds
            self.counts = counts
            self.sum = sum
        }
    }
}
