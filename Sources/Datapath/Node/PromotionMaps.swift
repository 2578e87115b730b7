import CBPF
import Plan
import Policy

/// What the kernel knows of promoted flows, open for who changes it often: nobody's lock is needed, and no time of
/// those who change other things. For one thread at a time.
package final class PromotionMaps {
    private let promotions, end, thresholds: BPFMap
    /// Of the map of flows: another one was made anew, and is empty.
    package let identity: UInt32
    /// The last end that was written, ns.
    private var lastEnd: UInt64

    /// A promoted flow as the kernel has it.
    package struct Entry: Sendable, Equatable {
        /// CLOCK_MONOTONIC, ns.
        package var until: UInt64
        /// On the wire since it was promoted, whether there was room for it or not.
        package var bytes: UInt64
        package var rank: PromotionRank

        package init(until: UInt64, bytes: UInt64 = 0, rank: PromotionRank) {
            self.until = until
            self.bytes = bytes
            self.rank = rank
        }
    }

    /// How many flows there may be.
    package static let capacity = Int(SHAPER_MAX_PROMOTIONS.rawValue)

    /// nil: nothing of the node is in the kernel.
    package init?(node: String) throws(KernelError) {
        let folder = PinFolder(node: node)
        guard try NodeKernel.open(folder) != nil else { return nil }
        let maps = folder.maps
        promotions = try BPFMap(
            pinned: MapSchema("promotions", shaper_promotion_key.self, shaper_promotion.self), in: maps)
        end = try BPFMap(pinned: MapSchema("promotion_end", UInt32.self, UInt64.self), in: maps)
        thresholds = try BPFMap(pinned: MapSchema("thresholds", UInt32.self, shaper_threshold.self), in: maps)
        identity = try promotions.identity()
        lastEnd = try end.value(UInt32(0), initially: UInt64(0)) ?? 0
    }

    /// In force when this returns.
    package func put(_ flow: PromotedFlow, _ entry: Entry) throws(KernelError) {
        // First the flow, then the word that makes packets look for it.
        try promotions.set(shaper_promotion_key(flow), shaper_promotion(entry))
        guard entry.until > lastEnd else { return }
        try end.set(UInt32(0), entry.until)
        lastEnd = entry.until
    }

    /// nil: it is not there.
    package func entry(of flow: PromotedFlow) throws(KernelError) -> Entry? {
        try promotions.value(shaper_promotion_key(flow), initially: shaper_promotion()).map(Entry.init)
    }

    package func remove(_ flow: PromotedFlow) throws(KernelError) { try promotions.remove(shaper_promotion_key(flow)) }

    /// Those of any end, in no order.
    package func all() throws(KernelError) -> [(flow: PromotedFlow, entry: Entry)] {
        let (keys, values) = try promotions.all()
        return zip(keys.structs(of: shaper_promotion_key.self), values.structs(of: shaper_promotion.self)).map {
            (PromotedFlow($0), Entry($1))
        }
    }

    /// Lets flows of a lower rank wait, until the time given: who sets it renews it.
    ///
    /// - Parameters:
    ///   - slice: its index; nil: of the slices that share their buckets.
    ///   - until: CLOCK_MONOTONIC, ns; 0: no flow waits.
    package func setThreshold(_ rank: PromotionRank, slice: Int?, until: UInt64) throws(KernelError) {
        let key = slice.map { UInt32($0) } ?? UInt32(SHAPER_SLICE_INDICES.rawValue)
        try thresholds.set(key, shaper_threshold(rank: rank.raw, until: until))
    }

    /// nil: none is in force at the time given.
    package func threshold(slice: Int?, at now: UInt64) throws(KernelError) -> PromotionRank? {
        let key = slice.map { UInt32($0) } ?? UInt32(SHAPER_SLICE_INDICES.rawValue)
        let threshold = try thresholds.value(key, initially: shaper_threshold()) ?? shaper_threshold()
        return now < threshold.until ? PromotionRank(raw: threshold.rank) : nil
    }
}

extension PromotionMaps.Entry {
    fileprivate init(_ raw: shaper_promotion) {
        self.init(until: raw.until, bytes: raw.bytes, rank: PromotionRank(raw: raw.rank))
    }
}

extension shaper_promotion {
    fileprivate init(_ entry: PromotionMaps.Entry) {
        self.init(until: entry.until, bytes: entry.bytes, rank: entry.rank.raw)
    }
}

extension shaper_promotion_key {
    fileprivate init(_ flow: PromotedFlow) {
        self.init()
        first = (flow.first.address.high.bigEndian, flow.first.address.low.bigEndian)
        second = (flow.second.address.high.bigEndian, flow.second.address.low.bigEndian)
        vni = flow.vni
        first_port = flow.first.port
        second_port = flow.second.port
        `protocol` = flow.ipProtocol
    }
}

extension PromotedFlow {
    fileprivate init(_ raw: shaper_promotion_key) {
        func end(_ words: (UInt64, UInt64), _ port: UInt16) -> End {
            End(address: IPAddress(high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1)), port: port)
        }
        self.init(
            vni: raw.vni, ipProtocol: raw.protocol, end(raw.first, raw.first_port), end(raw.second, raw.second_port))
    }
}

extension [UInt8] {
    /// As many as they are.
    fileprivate func structs<Struct: BitwiseCopyable>(of type: Struct.Type) -> [Struct] {
        withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: MemoryLayout<Struct>.stride).map {
                bytes.loadUnaligned(fromByteOffset: $0, as: type)
            }
        }
    }
}
