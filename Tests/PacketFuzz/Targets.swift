import CBPF
import Policy

@testable import Datapath
@testable import PacketLab

/// Everything that is fuzzed. Another program: another line.
func fuzzTargets(on node: PacketNode) throws -> [any FuzzTarget] {
    let captures = PacketCaptures.areThere ? try PacketCaptures.frames().map(\.bytes) : []
    let tenants = Seed.tenants(captures + captures.compactMap(\.inner))
    let underlay = Seed.underlay(node, tenants, captures)
    let reference = ReferenceGuard(node.policy)
    let shot = Outcome.Verdict.shot.rawValue, next = Outcome.Verdict.unspecified.rawValue
    func verdict(_ action: xdp_action) -> Int32 { Int32(action.rawValue) }

    func port(_ name: String, _ slice: String, queues: String, elsewhere: [MACAddress] = []) -> ProgramTarget {
        ProgramTarget(
            program: .portIngress, interface: name, seeds: tenants,
            invariant: PortInvariant(node, slice: slice, queues: queues, elsewhere: elsewhere))
    }
    func guardian(_ program: Program, at interface: String? = nil, _ invariant: GuardInvariant) -> ProgramTarget {
        ProgramTarget(program: program, interface: interface, seeds: underlay, invariant: invariant)
    }
    return [
        port("p1", "perp", queues: "perp ", elsewhere: [.local(0x07)]),
        port("p2", "spot", queues: "common "),
        port("p3", "perp", queues: "perp "),
        ProgramTarget(
            program: .portExpress, interface: "p1", seeds: tenants,
            invariant: ExpressInvariant(reference, network: 4201, label: "perp liquidation")),
        guardian(
            .underlayIngress,
            GuardInvariant(
                pass: verdict(XDP_PASS), drop: verdict(XDP_DROP), redirect: verdict(XDP_REDIRECT), taking: [4201],
                reference: reference)),
        guardian(.underlayGuard, at: "u0", GuardInvariant(pass: next, drop: shot, reference: reference)),
        ProgramTarget(program: .underlayEgress, interface: "u0", seeds: underlay, invariant: HandsOn()),
        PathTarget(tenants: tenants, underlay: underlay, reference: reference),
    ]
}

extension [UInt8] {
    /// What is in its tunnel.
    fileprivate var inner: [UInt8]? {
        guard let place = ReferenceFrame(self).networkPlace, count >= place + 4 + 14 else { return nil }
        return Array(dropFirst(place + 4))
    }
}
