import Datapath
import Glibc
import Plan
import Policy
import SystemPackage

/// The policy in force, worked out: what the file says, what commands changed over it, and what the kernel should hold.
package struct InForce: Sendable {
    package let applied: AppliedPolicy
    /// Overrides included.
    package let policy: Policy
    package let desired: DesiredState
    /// Without overrides.
    private let file: Policy

    /// - Parameter former: spares the work that it has done already.
    init(_ applied: AppliedPolicy, after former: InForce?) throws {
        self.applied = applied
        if let former, former.applied.text == applied.text {
            file = former.file
            policy = file.applying(applied.overrides)
            desired = former.desired.withRates(of: policy)
        } else {
            file = try Policy(validating: applied.text)
            policy = file.applying(applied.overrides)
            desired = try DesiredState(policy)
        }
    }

    /// Of a policy that has just been worked out, without overrides.
    init(_ applied: AppliedPolicy, _ policy: Policy, _ desired: DesiredState) {
        self.applied = applied
        self.policy = policy
        self.desired = desired
        file = policy
    }
}

/// What a process that stays remembers of a node, so that it need not read again what nobody has changed. Losing it
/// costs time, and nothing else.
package struct NodeMemory: Sendable {
    private var policy: (file: FileIdentity, inForce: InForce)?
    /// Open, with the image it has seen: opening it is most of the work of a small change.
    private var kernel: NodeKernel?

    package init() {}

    /// nil: no policy is in force.
    mutating func inForce(on node: String) throws -> InForce? {
        guard let file = FileIdentity(RunFolder.applied(node)) else {
            policy = nil
            return nil
        }
        if let policy, policy.file == file { return policy.inForce }
        guard let applied = try AppliedPolicy.load(node) else { return nil }
        let inForce = try InForce(applied, after: policy?.inForce)
        policy = (file, inForce)
        return inForce
    }

    /// The record alone, where nobody asks what follows from it; nil: no policy is in force.
    func applied(on node: String) throws -> AppliedPolicy? {
        if let policy, policy.file == FileIdentity(RunFolder.applied(node)) { return policy.inForce.applied }
        return try AppliedPolicy.load(node)
    }

    /// What has just been put in force, and recorded.
    mutating func remember(_ inForce: InForce, on node: String) {
        policy = FileIdentity(RunFolder.applied(node)).map { ($0, inForce) }
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
