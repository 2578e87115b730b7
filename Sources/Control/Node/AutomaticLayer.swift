import Datapath
import FoundationEssentials
import Plan
import Policy

/// What schedules and the market change over the file, under what operators change. It has a file of its own beside the
/// policy's: it changes often, and it lapses when nobody looks after it any more.
package struct AutomaticLayer: Codable, Sendable, Equatable {
    /// Later ones over earlier ones.
    package var overrides: [Override]
    /// Of CLOCK_MONOTONIC, ns: then it is over, unless it is renewed.
    package var until: UInt64

    /// How long it holds on without a daemon. The service manager has restarted one by then.
    package static let lifetime = Duration.seconds(60)

    /// From now on.
    package init(_ overrides: [Override]) {
        self.overrides = overrides
        until = monotonicNanoseconds() + Self.lifetime.nanoseconds
    }

    /// nil: there is none, or it is over. What cannot be read is as good as none.
    static func load(_ node: String) -> AutomaticLayer? {
        guard let data = try? Data(contentsOf: URL(filePath: RunFolder.layer(node))),
            let layer = try? JSONDecoder().decode(AutomaticLayer.self, from: data)
        else { return nil }
        return layer.current
    }

    /// nil: it is over.
    var current: AutomaticLayer? { monotonicNanoseconds() < until ? self : nil }

    var secondsLeft: Double {
        let now = monotonicNanoseconds()
        return now < until ? Double(until - now) / 1e9 : 0
    }

    /// Only while the node's change lock is held.
    func save(_ node: String) throws { try RunFolder.write(JSONEncoder().encode(self), to: RunFolder.layer(node)) }

    static func remove(_ node: String) { try? FileManager.default.removeItem(atPath: RunFolder.layer(node)) }
}

/// What came of following.
package struct Followed: Sendable {
    /// Every quota that is another now.
    package var changes: [QuotaChange]
    /// When the kernel had all of it.
    package var acknowledgedAt: ContinuousClock.Instant
}

extension Node {
    /// Puts what schedules and the market change in the place of what they changed before, in the kernel at once.
    ///
    /// - Throws: where it does not fit what operators have changed, or the kernel refuses; then what was stays.
    package func follow(_ layer: AutomaticLayer, _ memory: inout NodeMemory) throws -> Followed {
        try changing { try put(layer, &memory) }
    }

    /// The same where nobody else is changing the node; nil: somebody is.
    func followIfFree(_ layer: AutomaticLayer, _ memory: inout NodeMemory) throws -> Followed? {
        try changingIfFree { try put(layer, &memory) }
    }

    private func put(_ layer: AutomaticLayer, _ memory: inout NodeMemory) throws -> Followed {
        try endOverdueTrial(memory)
        guard let inForce = try memory.inForce(on: name) else { throw NodeError.nothingInForce(name) }
        let changed = try InForce(inForce.applied, layer.overrides.isEmpty ? nil : layer, after: inForce)
        if layer.overrides != inForce.layer?.overrides, let problem = changed.layerProblem {
            throw NodeError(problem.message, remedy: problem.remedy)
        }
        let acknowledgedAt = try memory.withKernel(of: name) {
            try $0.change(to: changed.desired, from: inForce.desired)
        }
        if changed.layer == nil { AutomaticLayer.remove(name) } else { try layer.save(name) }
        memory.remember(changed, on: name)
        return Followed(
            changes: QuotaChange.all(in: changed.policy, from: inForce.bandwidth, to: changed.bandwidth),
            acknowledgedAt: acknowledgedAt)
    }
}

extension NodeKernel {
    /// Rates alone where that is enough.
    ///
    /// - Returns: when the kernel had every rate.
    @discardableResult
    func change(to desired: DesiredState, from former: DesiredState) throws(ApplyError) -> ContinuousClock.Instant {
        var acknowledgedAt = ContinuousClock.now
        if setRates(desired, after: former, acknowledged: { acknowledgedAt = .now }) { return acknowledgedAt }
        try apply(desired)
        return .now
    }
}
