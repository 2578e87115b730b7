import Datapath
import Glibc
import Plan
import Policy
import SystemPackage

/// The policy in force, worked out: what the file says, what is changed over it, and what the kernel should hold.
package struct InForce: Sendable {
    package let applied: AppliedPolicy
    /// nil: neither schedules nor the market change anything.
    package let layer: AutomaticLayer?
    /// Everything on it, and who gets what by it.
    package let policy: Policy
    let bandwidth: Bandwidth
    package let desired: DesiredState
    /// Nothing on it.
    package let file: Policy
    /// Who gets what where only operators change anything.
    let ownBandwidth: Bandwidth

    /// - Parameters:
    ///   - layer: dropped where it does not fit a policy that has just been read.
    ///   - former: spares the work that it has done already.
    init(_ applied: AppliedPolicy, _ layer: AutomaticLayer?, after former: InForce?) throws {
        if let former, former.applied.text == applied.text {
            let isSame = former.applied == applied
            self.init(
                applied, layer, file: former.file, rules: former.desired, own: isSame ? former.ownBandwidth : nil)
        } else {
            let file = try Policy(validating: applied.text)
            self.init(
                applied, layer?.fitting(file, under: applied.overrides), file: file, rules: try DesiredState(file))
        }
    }

    /// - Parameters:
    ///   - rules: the file's state, whatever its rates.
    ///   - own: who gets what without the layer, where that is known.
    init(
        _ applied: AppliedPolicy, _ layer: AutomaticLayer?, file: Policy, rules: DesiredState,
        own known: Bandwidth? = nil
    ) {
        self.applied = applied
        self.layer = layer
        self.file = file
        let own = file.applying(applied.overrides)
        ownBandwidth = known ?? Bandwidth(own)
        guard let layer else {
            (policy, bandwidth) = (own, ownBandwidth)
            desired = rules.withRates(of: policy, bandwidth)
            return
        }
        policy = file.applying(layer.overrides + applied.overrides)
        bandwidth = Bandwidth(policy)
        desired = rules.withRates(of: policy, bandwidth).lapsing(to: own, ownBandwidth, at: layer.until)
    }

    /// Why the layer would not do; nil if it would.
    var layerProblem: BandwidthProblem? {
        layer == nil ? nil : BandwidthProblem.ofAutomatic(policy, bandwidth, own: ownBandwidth).first
    }

    /// Everything that is changed over the file; later ones over earlier ones.
    package var overrides: [Override] { (layer?.overrides ?? []) + applied.overrides }
}

extension AutomaticLayer {
    /// nil: it does not fit the policy.
    func fitting(_ policy: Policy, under operators: [Override] = []) -> AutomaticLayer? {
        let changed = policy.applying(overrides + operators)
        let own = Bandwidth(policy.applying(operators))
        return BandwidthProblem.ofAutomatic(changed, Bandwidth(changed), own: own).isEmpty ? self : nil
    }
}

/// What a process that stays remembers of a node, so that it need not read again what nobody has changed. Losing it
/// costs time, and nothing else.
package struct NodeMemory: Sendable {
    private var policy: (files: Files, inForce: InForce)?
    /// Open, with the image it has seen: opening it is most of the work of a small change.
    private var kernel: NodeKernel?

    package init() {}

    /// nil: no policy is in force.
    mutating func inForce(on node: String) throws -> InForce? {
        guard let files = Files(node) else {
            policy = nil
            return nil
        }
        if let policy, policy.files == files, policy.inForce.layer.map({ $0.current != nil }) ?? true {
            return policy.inForce
        }
        guard let applied = try AppliedPolicy.load(node) else { return nil }
        let inForce = try InForce(applied, AutomaticLayer.load(node), after: policy?.inForce)
        policy = (files, inForce)
        return inForce
    }

    /// The record alone, where nobody asks what follows from it; nil: no policy is in force.
    func applied(on node: String) throws -> AppliedPolicy? {
        if let policy, policy.files.applied == FileIdentity(RunFolder.applied(node)) { return policy.inForce.applied }
        return try AppliedPolicy.load(node)
    }

    /// What has just been put in force, and recorded.
    mutating func remember(_ inForce: InForce, on node: String) {
        policy = Files(node).map { ($0, inForce) }
    }

    mutating func withKernel<T>(of node: String, _ body: (NodeKernel) throws -> T) throws -> T {
        if let kernel, kernel.isCurrent { return try body(kernel) }
        let opened = try NodeKernel(node: node)
        opened.seen = kernel?.seen
        kernel = opened
        return try body(opened)
    }

    /// Has the next look read the whole image.
    mutating func forgetImage() { kernel?.seen = nil }
}

/// The files that say what is in force.
private struct Files: Sendable, Equatable {
    let applied: FileIdentity
    private let layer: FileIdentity?

    /// nil: nothing is.
    init?(_ node: String) {
        guard let applied = FileIdentity(RunFolder.applied(node)) else { return nil }
        self.applied = applied
        layer = FileIdentity(RunFolder.layer(node))
    }
}

/// Tells a file from the one that has replaced it.
private struct FileIdentity: Sendable, Equatable {
    private let inode: Inode
    private let size: Int64
    private let seconds: Int
    private let nanoseconds: Int

    /// nil: there is none.
    init?(_ path: String) {
        guard let facts = try? Stat(FilePath(path)) else { return nil }
        (inode, size) = (facts.inode, facts.size)
        (seconds, nanoseconds) = (facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec)
    }
}
