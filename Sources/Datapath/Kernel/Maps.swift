import CBPF

/// The maps of the contract that outlive generations, open. Layouts are declared in `bpf/shaper.h`, kinds in
/// `bpf/maps.bpf.h`.
package struct Maps: Sendable {
    let control, buckets, rates, hops, devices, floods, fdbs, neighbours: BPFMap
    let expressSent, charge, classCounters, drops, events, meta: BPFMap

    /// Opens what is pinned in a node's `maps` folder.
    package init(pinnedIn folder: String) throws(KernelError) {
        func open(_ schema: MapSchema) throws(KernelError) -> BPFMap { try BPFMap(pinned: schema, in: folder) }
        control = try open(MapSchema("control", UInt32.self, shaper_control.self))
        buckets = try open(MapSchema("buckets", UInt32.self, shaper_bucket.self))
        rates = try open(MapSchema("rates", UInt32.self, shaper_rate.self))
        hops = try open(MapSchema("hops", UInt32.self, shaper_hop.self))
        devices = try open(MapSchema("devices", UInt32.self, UInt32.self))
        floods = try open(MapSchema("floods", UInt32.self, shaper_flood.self))
        fdbs = try open(MapSchema("fdbs", keySize: 4, valueSize: 4))
        neighbours = try open(MapSchema("neighbours", shaper_neighbour_key.self, shaper_neighbour.self))
        expressSent = try open(MapSchema("express_sent", UInt32.self, UInt64.self))
        charge = try open(MapSchema("charge", UInt32.self, UInt64.self))
        classCounters = try open(MapSchema("class_counters", UInt32.self, shaper_class_counters.self))
        drops = try open(MapSchema("drops", UInt32.self, UInt64.self))
        events = try open(MapSchema("events", UInt32.self, UInt64.self))
        meta = try open(MapSchema("meta", UInt32.self, shaper_meta.self))
    }
}

/// The maps that hold the policy images, open: many, and needed only by those who read or write a whole image.
struct ImageMaps {
    let settings, portIndex, ports, slices, peers, quotas, rulesets, rules, cells: BPFMap
    let trunks, vnis, peerIndex, statics, staticIPs: BPFMap

    /// Opens what is pinned in a node's `maps` folder.
    init(pinnedIn folder: String) throws(KernelError) {
        func open(_ schema: MapSchema) throws(KernelError) -> BPFMap { try BPFMap(pinned: schema, in: folder) }
        settings = try open(MapSchema("settings", UInt32.self, shaper_settings.self))
        portIndex = try open(MapSchema("port_index", keySize: 4, valueSize: 2 * Int(SHAPER_MAX_IFINDEX.rawValue)))
        ports = try open(MapSchema("ports", UInt32.self, shaper_port.self))
        slices = try open(MapSchema("slices", UInt32.self, shaper_slice.self))
        peers = try open(MapSchema("peers", UInt32.self, shaper_peer.self))
        quotas = try open(MapSchema("quotas", UInt32.self, shaper_quota.self))
        rulesets = try open(MapSchema("rulesets", UInt32.self, shaper_ruleset.self))
        rules = try open(MapSchema("rules", UInt32.self, shaper_rule.self))
        cells = try open(MapSchema("cells", UInt32.self, shaper_cell.self))
        trunks = try open(MapSchema("trunks", shaper_trunk_key.self, UInt32.self))
        vnis = try open(MapSchema("vnis", shaper_vni_key.self, UInt32.self))
        peerIndex = try open(MapSchema("peer_index", shaper_peer_key.self, UInt32.self))
        statics = try open(MapSchema("statics", shaper_static_key.self, UInt32.self))
        staticIPs = try open(MapSchema("static_ips", shaper_static_ip_key.self, UInt64.self))
    }
}
