import CBPF
import Plan

/// One generation as the maps hold it: everything a packet's way depends on, but for rates, which change in place.
package struct PolicyImage: Sendable, Equatable {
    var settings = Column(repeating: shaper_settings(), count: 1)
    var portIndex = Column(repeating: UInt16(0), count: Limit.interfaceIndices)
    var ports = Column(repeating: shaper_port(), count: Limit.ports)
    var slices = Column(repeating: shaper_slice(), count: Limit.sliceIndices)
    var peers = Column(repeating: shaper_peer(), count: Limit.peers)
    var quotas = Column(repeating: shaper_quota(), count: Limit.sliceIndices * Limit.classes)
    var rulesets = Column(repeating: shaper_ruleset(), count: Limit.sliceIndices)
    var rules = Column(repeating: shaper_rule(), count: Limit.ruleSlots)
    /// Those in use, as the settings count them; what lies behind is not referred to.
    var cells = Column(repeating: Cell(), count: 0)

    var trunks = Entries<shaper_trunk_key, UInt32>(slotOffset: 6)
    var vnis = Entries<shaper_vni_key, UInt32>(slotOffset: 4)
    var peerIndex = Entries<shaper_peer_key, UInt32>(slotOffset: 16)
    var statics = Entries<shaper_static_key, UInt32>(slotOffset: 12)
    var staticIPs = Entries<shaper_static_ip_key, UInt64>(slotOffset: 20)

    init() {}

    /// The image in a slot of the kernel's maps.
    init(reading maps: ImageMaps, slot: Int) throws(KernelError) {
        try settings.read(from: maps.settings, slot: slot)
        try portIndex.read(from: maps.portIndex, slot: slot)
        try ports.read(from: maps.ports, slot: slot)
        try slices.read(from: maps.slices, slot: slot)
        try peers.read(from: maps.peers, slot: slot)
        try quotas.read(from: maps.quotas, slot: slot)
        try rulesets.read(from: maps.rulesets, slot: slot)
        try rules.read(from: maps.rules, slot: slot)
        try trunks.read(from: maps.trunks, slot: slot)
        try vnis.read(from: maps.vnis, slot: slot)
        try peerIndex.read(from: maps.peerIndex, slot: slot)
        cells = Column(repeating: Cell(), count: min(Int(settings[0].cells), Limit.cells))
        try cells.read(from: maps.cells, slot: slot, perSlot: Limit.cells)
        try statics.read(from: maps.statics, slot: slot)
        try staticIPs.read(from: maps.staticIPs, slot: slot)
    }

    func write(to maps: ImageMaps, slot: Int) throws(KernelError) {
        try settings.write(to: maps.settings, slot: slot)
        try portIndex.write(to: maps.portIndex, slot: slot)
        try ports.write(to: maps.ports, slot: slot)
        try slices.write(to: maps.slices, slot: slot)
        try peers.write(to: maps.peers, slot: slot)
        try quotas.write(to: maps.quotas, slot: slot)
        try rulesets.write(to: maps.rulesets, slot: slot)
        try rules.write(to: maps.rules, slot: slot)
        try trunks.write(to: maps.trunks, slot: slot)
        try vnis.write(to: maps.vnis, slot: slot)
        try peerIndex.write(to: maps.peerIndex, slot: slot)
        try cells.write(to: maps.cells, slot: slot, perSlot: Limit.cells)
        try statics.write(to: maps.statics, slot: slot)
        try staticIPs.write(to: maps.staticIPs, slot: slot)
    }
}

/// The contract's limits as numbers of Swift's.
enum Limit {
    static let classes = Int(SHAPER_MAX_CLASSES.rawValue)
    static let sliceIndices = Int(SHAPER_SLICE_INDICES.rawValue)
    static let ports = Int(SHAPER_MAX_PORTS.rawValue)
    static let peers = Int(SHAPER_MAX_PEERS.rawValue)
    static let slicePorts = Int(SHAPER_MAX_SLICE_PORTS.rawValue)
    static let interfaceIndices = Int(SHAPER_MAX_IFINDEX.rawValue)
    static let ruleSlots = Int(SHAPER_MAX_RULE_SLOTS.rawValue)
    static let quotaSlices = Int(SHAPER_MAX_QUOTA_SLICES.rawValue)
    static let cells = Int(SHAPER_SLOT_CELLS.rawValue)
    static let slots = Int(SHAPER_SLOTS.rawValue)
}
