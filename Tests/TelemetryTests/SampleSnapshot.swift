import Telemetry

extension FabricSnapshot {
    static let empty = FabricSnapshot(
        node: "ny", version: "1.0.0", generation: 0, lastApply: nil, lastReloadSucceeded: false, lastReloadSuccess: nil,
        classes: [], queues: [], drops: [], events: [], slices: [], overrides: 0, driftRepairs: 0, charge: 0)

    /// One slice with quotas, one without, an express and a queued class.
    static let sample = FabricSnapshot(
        node: "ny", version: "1.0.0", generation: 7, lastApply: 1_760_000_000.5, lastReloadSucceeded: true,
        lastReloadSuccess: 1_760_000_060.5,
        classes: [
            ClassTraffic(
                slice: "perp", className: "liquidation", offered: Traffic(packets: 10, bytes: 1_100),
                express: Express(passed: Traffic(packets: 8, bytes: 880), demoted: Traffic(packets: 2, bytes: 220))),
            ClassTraffic(
                slice: "spot", className: "bulk",
                offered: Traffic(packets: 18_446_744_073_709_551_615, bytes: 18_446_744_073_709_551_614), express: nil),
        ],
        queues: [
            Queue(
                owner: .express, sent: Traffic(packets: 8, bytes: 880), dropped: 0, backlog: 0,
                guarantee: 19_000_000, ceiling: 19_000_000),
            Queue(
                owner: .own, sent: Traffic(packets: 3, bytes: 126), dropped: 0, backlog: 0,
                guarantee: 3_800_000, ceiling: 190_000_000),
            Queue(
                owner: .slice("perp", className: "liquidation"), sent: Traffic(packets: 2, bytes: 220), dropped: 0,
                backlog: 0, guarantee: 1_000_000, ceiling: 190_000_000),
            Queue(
                owner: .common(className: "bulk"), sent: Traffic(packets: 4, bytes: 6_000), dropped: 5, backlog: 3_028,
                guarantee: 1_000_001, ceiling: 190_000_000),
        ],
        drops: [Tally(label: "no_port", count: 0), Tally(label: "too_big", count: 4)],
        events: [Tally(label: "flooded", count: 12)],
        slices: [
            SliceState(name: "perp", learnedAddresses: 2), SliceState(name: "spot", learnedAddresses: 0),
        ],
        overrides: 1, driftRepairs: 3, charge: 8_000_004)

    static let samplePage = """
        # HELP shaper_build_info The running program's version; always 1.
        # TYPE shaper_build_info gauge
        shaper_build_info{version="1.0.0"} 1
        # HELP shaper_node_info The node's name in the policy; always 1.
        # TYPE shaper_node_info gauge
        shaper_node_info{node="ny"} 1
        # HELP shaper_policy_generation The policy image the kernel uses; 0 while there is none.
        # TYPE shaper_policy_generation gauge
        shaper_policy_generation 7
        # HELP shaper_policy_last_apply_timestamp_seconds When a policy was last applied, in seconds since 1970.
        # TYPE shaper_policy_last_apply_timestamp_seconds gauge
        shaper_policy_last_apply_timestamp_seconds 1760000000.5
        # HELP shaper_policy_last_reload_successful Whether the last reload of the policy succeeded.
        # TYPE shaper_policy_last_reload_successful gauge
        shaper_policy_last_reload_successful 1
        # HELP shaper_policy_last_reload_success_timestamp_seconds When the policy was last reloaded, changed or not, in seconds since 1970.
        # TYPE shaper_policy_last_reload_success_timestamp_seconds gauge
        shaper_policy_last_reload_success_timestamp_seconds 1760000060.5
        # HELP shaper_quota_overrides Quotas that differ from the policy file because a command changed them.
        # TYPE shaper_quota_overrides gauge
        shaper_quota_overrides 1
        # HELP shaper_drift_repairs_total Changes made by others to the node's kernel state, and put right.
        # TYPE shaper_drift_repairs_total counter
        shaper_drift_repairs_total 3
        # HELP shaper_express_charge_bytes_per_second By how much the queues give way to express packets that XDP sends past them.
        # TYPE shaper_express_charge_bytes_per_second gauge
        shaper_express_charge_bytes_per_second 1000000.5
        # HELP shaper_class_offered_packets_total Packets that entered the fabric, before any queue.
        # TYPE shaper_class_offered_packets_total counter
        shaper_class_offered_packets_total{slice="perp",class="liquidation"} 10
        shaper_class_offered_packets_total{slice="spot",class="bulk"} 18446744073709551615
        # HELP shaper_class_offered_bytes_total Their bytes on the wire, outer headers of every segment included.
        # TYPE shaper_class_offered_bytes_total counter
        shaper_class_offered_bytes_total{slice="perp",class="liquidation"} 1100
        shaper_class_offered_bytes_total{slice="spot",class="bulk"} 18446744073709551614
        # HELP shaper_class_express_packets_total Packets of express classes that went ahead of every queue.
        # TYPE shaper_class_express_packets_total counter
        shaper_class_express_packets_total{slice="perp",class="liquidation"} 8
        # HELP shaper_class_express_bytes_total Bytes of express classes that went ahead of every queue.
        # TYPE shaper_class_express_bytes_total counter
        shaper_class_express_bytes_total{slice="perp",class="liquidation"} 880
        # HELP shaper_class_demoted_packets_total Packets of express classes that exceeded the class's rate and took its queue.
        # TYPE shaper_class_demoted_packets_total counter
        shaper_class_demoted_packets_total{slice="perp",class="liquidation"} 2
        # HELP shaper_class_demoted_bytes_total Bytes of express classes that exceeded the class's rate and took its queue.
        # TYPE shaper_class_demoted_bytes_total counter
        shaper_class_demoted_bytes_total{slice="perp",class="liquidation"} 220
        # HELP shaper_queue_sent_packets_total Packets the queue sent.
        # TYPE shaper_queue_sent_packets_total counter
        shaper_queue_sent_packets_total{slice="(all)",class="(express)"} 8
        shaper_queue_sent_packets_total{slice="(node)",class="(own)"} 3
        shaper_queue_sent_packets_total{slice="perp",class="liquidation"} 2
        shaper_queue_sent_packets_total{slice="(common)",class="bulk"} 4
        # HELP shaper_queue_sent_bytes_total Bytes the queue sent.
        # TYPE shaper_queue_sent_bytes_total counter
        shaper_queue_sent_bytes_total{slice="(all)",class="(express)"} 880
        shaper_queue_sent_bytes_total{slice="(node)",class="(own)"} 126
        shaper_queue_sent_bytes_total{slice="perp",class="liquidation"} 220
        shaper_queue_sent_bytes_total{slice="(common)",class="bulk"} 6000
        # HELP shaper_queue_dropped_packets_total Packets that found the queue full.
        # TYPE shaper_queue_dropped_packets_total counter
        shaper_queue_dropped_packets_total{slice="(all)",class="(express)"} 0
        shaper_queue_dropped_packets_total{slice="(node)",class="(own)"} 0
        shaper_queue_dropped_packets_total{slice="perp",class="liquidation"} 0
        shaper_queue_dropped_packets_total{slice="(common)",class="bulk"} 5
        # HELP shaper_queue_backlog_bytes Bytes waiting in the queue.
        # TYPE shaper_queue_backlog_bytes gauge
        shaper_queue_backlog_bytes{slice="(all)",class="(express)"} 0
        shaper_queue_backlog_bytes{slice="(node)",class="(own)"} 0
        shaper_queue_backlog_bytes{slice="perp",class="liquidation"} 0
        shaper_queue_backlog_bytes{slice="(common)",class="bulk"} 3028
        # HELP shaper_queue_guarantee_bytes_per_second What the queue is guaranteed (HTB rate).
        # TYPE shaper_queue_guarantee_bytes_per_second gauge
        shaper_queue_guarantee_bytes_per_second{slice="(all)",class="(express)"} 2375000
        shaper_queue_guarantee_bytes_per_second{slice="(node)",class="(own)"} 475000
        shaper_queue_guarantee_bytes_per_second{slice="perp",class="liquidation"} 125000
        shaper_queue_guarantee_bytes_per_second{slice="(common)",class="bulk"} 125000.125
        # HELP shaper_queue_ceiling_bytes_per_second What the queue may use at most (HTB ceil).
        # TYPE shaper_queue_ceiling_bytes_per_second gauge
        shaper_queue_ceiling_bytes_per_second{slice="(all)",class="(express)"} 2375000
        shaper_queue_ceiling_bytes_per_second{slice="(node)",class="(own)"} 23750000
        shaper_queue_ceiling_bytes_per_second{slice="perp",class="liquidation"} 23750000
        shaper_queue_ceiling_bytes_per_second{slice="(common)",class="bulk"} 23750000
        # HELP shaper_dropped_packets_total Packets dropped before any queue, by reason.
        # TYPE shaper_dropped_packets_total counter
        shaper_dropped_packets_total{reason="no_port"} 0
        shaper_dropped_packets_total{reason="too_big"} 4
        # HELP shaper_events_total Things worth counting that are no drops, by kind.
        # TYPE shaper_events_total counter
        shaper_events_total{event="flooded"} 12
        # HELP shaper_learned_addresses MAC addresses learned and not aged out.
        # TYPE shaper_learned_addresses gauge
        shaper_learned_addresses{slice="perp"} 2
        shaper_learned_addresses{slice="spot"} 0

        """
}
