import CBPF
import Plan
import Policy

extension NodeKernel {
    /// Puts a flow into the first class for a while, whatever the rules say of it. The kernel itself ends it in time.
    ///
    /// - Parameters:
    ///   - flow: one direction, as its packets say: addresses, protocol, ports.
    ///   - vni: of its slice.
    package func promote(_ flow: FlowKey.IP, vni: UInt32, for duration: Duration) throws(KernelError) {
        guard let maps = pinned?.maps else { return }
        let until = monotonicNanoseconds() + duration.nanoseconds
        // First the flow, then the word that makes packets look for it.
        try maps.promotions.set(shaper_promotion_key(flow, vni: vni), until)
        let end = try maps.promotionEnd.value(UInt32(0), initially: UInt64(0)) ?? 0
        if until > end { try maps.promotionEnd.set(UInt32(0), until) }
    }
}

extension shaper_promotion_key {
    fileprivate init(_ flow: FlowKey.IP, vni: UInt32) {
        self.init()
        withUnsafeMutableBytes(of: &source) { $0.copyBytes(from: flow.source.bytes) }
        withUnsafeMutableBytes(of: &destination) { $0.copyBytes(from: flow.destination.bytes) }
        self.vni = vni
        source_port = flow.ports?.source ?? 0
        destination_port = flow.ports?.destination ?? 0
        `protocol` = flow.ipProtocol
    }
}
