/// A node's state as metric families. A pure function.
///
/// Leaves that several slices share appear under names in parentheses, which no slice can have: `(common)` is the
/// slices without quotas, `(all)` every slice, `(node)` the node itself.
package enum FabricMetrics {
    package static func families(of snapshot: FabricSnapshot) -> [MetricFamily] {
        node(snapshot) + classes(snapshot.classes) + queues(snapshot.queues) + fabric(snapshot)
    }

    private static func node(_ snapshot: FabricSnapshot) -> [MetricFamily] {
        [
            .gauge(
                "shaper_build_info", "The running program's version; always 1.",
                [.init(UInt64(1), [("version", snapshot.version)])]),
            .gauge(
                "shaper_node_info", "The node's name in the policy; always 1.",
                [.init(UInt64(1), [("node", snapshot.node)])]),
            .gauge(
                "shaper_policy_generation", "The policy image the kernel uses; 0 while there is none.",
                [.init(snapshot.generation)]),
            .gauge(
                "shaper_policy_last_apply_timestamp_seconds", "When a policy was last applied, in seconds since 1970.",
                snapshot.lastApply.map { [.init($0)] } ?? []),
            .gauge(
                "shaper_policy_last_reload_successful", "Whether the last reload of the policy succeeded.",
                [.init(UInt64(snapshot.lastReloadSucceeded ? 1 : 0))]),
            .gauge(
                "shaper_policy_last_reload_success_timestamp_seconds",
                "When the policy was last reloaded, changed or not, in seconds since 1970.",
                snapshot.lastReloadSuccess.map { [.init($0)] } ?? []),
            .gauge(
                "shaper_quota_overrides", "Quotas that differ from the policy file because a command changed them.",
                [.init(UInt64(snapshot.overrides))]),
            .counter(
                "shaper_drift_repairs_total", "Changes made by others to the node's kernel state, and put right.",
                [.init(snapshot.driftRepairs)]),
            .gauge(
                "shaper_express_charge_bytes_per_second",
                "By how much the queues give way to express packets that XDP sends past them.",
                [.init(Double(snapshot.charge) / 8)]),
        ]
    }

    private static func classes(_ classes: [FabricSnapshot.ClassTraffic]) -> [MetricFamily] {
        func offered(_ value: KeyPath<FabricSnapshot.Traffic, UInt64>) -> [MetricFamily.Sample] {
            classes.map { .init($0.offered[keyPath: value], labels($0)) }
        }
        func express(_ value: KeyPath<FabricSnapshot.Express, UInt64>) -> [MetricFamily.Sample] {
            classes.compactMap { row in row.express.map { .init($0[keyPath: value], labels(row)) } }
        }
        return [
            .counter(
                "shaper_class_offered_packets_total", "Packets that entered the fabric, before any queue.",
                offered(\.packets)),
            .counter(
                "shaper_class_offered_bytes_total", "Their bytes on the wire, outer headers of every segment included.",
                offered(\.bytes)),
            .counter(
                "shaper_class_express_packets_total", "Packets of express classes that went ahead of every queue.",
                express(\.passed.packets)),
            .counter(
                "shaper_class_express_bytes_total", "Bytes of express classes that went ahead of every queue.",
                express(\.passed.bytes)),
            .counter(
                "shaper_class_demoted_packets_total",
                "Packets of express classes that exceeded the class's rate and took its queue.",
                express(\.demoted.packets)),
            .counter(
                "shaper_class_demoted_bytes_total",
                "Bytes of express classes that exceeded the class's rate and took its queue.",
                express(\.demoted.bytes)),
        ]
    }

    private static func queues(_ queues: [FabricSnapshot.Queue]) -> [MetricFamily] {
        func each(_ value: (FabricSnapshot.Queue) -> UInt64) -> [MetricFamily.Sample] {
            queues.map { .init(value($0), labels($0.owner)) }
        }
        // Policies and tc say bits; Prometheus' base unit is the byte.
        func rate(_ bits: (FabricSnapshot.Queue) -> UInt64) -> [MetricFamily.Sample] {
            queues.map { .init(Double(bits($0)) / 8, labels($0.owner)) }
        }
        return [
            .counter("shaper_queue_sent_packets_total", "Packets the queue sent.", each(\.sent.packets)),
            .counter("shaper_queue_sent_bytes_total", "Bytes the queue sent.", each(\.sent.bytes)),
            .counter("shaper_queue_dropped_packets_total", "Packets that found the queue full.", each(\.dropped)),
            .gauge("shaper_queue_backlog_bytes", "Bytes waiting in the queue.", each(\.backlog)),
            .gauge(
                "shaper_queue_guarantee_bytes_per_second", "What the queue is guaranteed (HTB rate).", rate(\.guarantee)
            ),
            .gauge(
                "shaper_queue_ceiling_bytes_per_second", "What the queue may use at most (HTB ceil).", rate(\.ceiling)),
        ]
    }

    private static func fabric(_ snapshot: FabricSnapshot) -> [MetricFamily] {
        [
            .counter(
                "shaper_dropped_packets_total", "Packets dropped before any queue, by reason.",
                snapshot.drops.map { .init($0.count, [("reason", $0.label)]) }),
            .counter(
                "shaper_events_total", "Things worth counting that are no drops, by kind.",
                snapshot.events.map { .init($0.count, [("event", $0.label)]) }),
            .gauge(
                "shaper_learned_addresses", "MAC addresses learned and not aged out.",
                snapshot.slices.map { .init($0.learnedAddresses, [("slice", $0.name)]) }),
        ]
    }

    private static func labels(_ row: FabricSnapshot.ClassTraffic) -> [(String, String)] {
        [("slice", row.slice), ("class", row.className)]
    }

    private static func labels(_ owner: FabricSnapshot.Queue.Owner) -> [(String, String)] {
        switch owner {
        case .slice(let slice, let className): [("slice", slice), ("class", className)]
        case .common(let className): [("slice", "(common)"), ("class", className)]
        case .express: [("slice", "(all)"), ("class", "(express)")]
        case .own: [("slice", "(node)"), ("class", "(own)")]
        }
    }
}
