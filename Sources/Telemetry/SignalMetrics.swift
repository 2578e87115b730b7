/// Signals as metric families. A pure function.
package enum SignalMetrics {
    package static func families(of snapshot: SignalSnapshot) -> [MetricFamily] {
        [
            .counter(
                "shaper_signals_accepted_total", "Signals that were put in force, later ones about a flow included.",
                [.init(snapshot.accepted)]),
            .counter(
                "shaper_signals_refused_total", "Signals that were not taken, by reason.",
                snapshot.refused.map { .init($0.count, [("reason", $0.label)]) }),
            .gauge(
                "shaper_signal_flows", "Flows that are signalled now: promoted ones go first, others wait for room.",
                snapshot.budgets.flatMap { budget -> [MetricFamily.Sample] in
                    [
                        .init(budget.promoted, [("slice", budget.name), ("state", "promoted")]),
                        .init(budget.waiting, [("slice", budget.name), ("state", "waiting")]),
                    ]
                }),
            .gauge(
                "shaper_signal_admission_threshold", "Notional below which flows wait for room; 0 while none does.",
                snapshot.budgets.map { .init($0.threshold, [("slice", $0.name)]) }),
            .gauge(
                "shaper_signal_demand_bytes_per_second",
                "What all signalled flows send, on the wire, averaged over a few hundred milliseconds.",
                snapshot.budgets.map { .init($0.demand, [("slice", $0.name)]) }),
        ]
    }
}
