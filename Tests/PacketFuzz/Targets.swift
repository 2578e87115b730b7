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

    func port(_ name: String, _ slice: String, queues: String, elsewhere: [MACAddress] = []) -> ProgramTarget {
        ProgramTarget(
            program: .portIngress, interface: name, seeds: tenants,
            invariant: PortInvariant(node, slice: slice, queues: queues, elsewhere: elsewhere))
    }
    func guardian(_ program: Program, _ interface: String? = nil, pass: Int32, drop: Int32) -> ProgramTarget {
        ProgramTarget(
            program: program, interface: interface, seeds: underlay,
            invariant: GuardInvariant(pass: pass, drop: drop, reference: reference))
    }
    return [
        port("p1", "perp", queues: "perp ", elsewhere: [.local(0x07)]),
        port("p2", "spot", queues: "common "),
        port("p3", "perp", queues: "perp "),
        guardian(.underlayIngress, pass: Int32(XDP_PASS.rawValue), drop: Int32(XDP_DROP.rawValue)),
        guardian(.underlayGuard, "u0", pass: next, drop: shot),
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
