import Datapath
import Plan
import Policy
import Synchronization

/// Reads how much XDP sends, and has the queues give way. The kernel's maps are kept open for a second: opening them
/// is most of the work of a look, and they may have been made anew.
final class ChargeMeter: Sendable {
    private struct State: ~Copyable {
        var kernel: NodeKernel?
        var openedAt: ContinuousClock.Instant?
        var estimate: ChargeEstimate?
    }

    private let start = ContinuousClock.now
    private let state = Mutex(State())

    private static let keptOpen = Duration.seconds(1)

    func adjust(_ node: Node, _ desired: DesiredState) throws {
        try state.withLock { state in
            let now = ContinuousClock.now
            if state.openedAt.map({ now - $0 > Self.keptOpen }) ?? true {
                let kernel = try NodeKernel(node: node.name)
                let charged = try kernel.charge().bitsPerSecond
                // An estimate that charges what is charged remembers what it has seen; else others have been here.
                if state.estimate?.charged != charged {
                    state.estimate = ChargeEstimate(
                        charged: charged, step: desired.underlay.rate.bitsPerSecond / 200,
                        most: desired.queues.largestCharge.bitsPerSecond)
                }
                (state.kernel, state.openedAt) = (kernel, now)
            }
            let elapsed = (now - start).components
            let time = UInt64(elapsed.seconds) * 1_000_000_000 + UInt64(elapsed.attoseconds / 1_000_000_000)
            guard let kernel = state.kernel,
                let rate = try state.estimate?.read(kernel.sentPastQueues(), at: time)
            else { return }
            try node.changing { try kernel.setCharge(BitRate(bitsPerSecond: rate), desired) }
        }
    }
}
