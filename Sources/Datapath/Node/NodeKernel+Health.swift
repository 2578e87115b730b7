import CBPF
import Glibc
import Plan

/// What the programs had dropped at three moments of an apply, for reasons that a sound generation gives none.
struct DropWatch {
    /// In the order of `NodeKernel.drops()`, as the three are.
    let reasons = CounterNames.drops
    /// Before the idle slot was filled.
    var before: [UInt64]
    /// When the generation had been flipped to, and no packet was under way under the former one any more.
    var flipped: [UInt64] = []
    /// Somewhat later.
    var after: [UInt64] = []

    /// What speaks against the generation in force, a line for each.
    ///
    /// - Parameter hasLeavingPorts: some programs are still attached where the policy has no port any more: what comes
    ///   from there has no port, and should not.
    func problems(hasLeavingPorts: Bool) -> [String] {
        reasons.indices.compactMap { index in
            let isTelling =
                switch UInt32(index) {
                case SHAPER_DROP_NO_GENERATION.rawValue: true
                case SHAPER_DROP_NO_PORT.rawValue: !hasLeavingPorts
                // Somebody else's packets on the tunnel device are not this generation's doing.
                case SHAPER_DROP_TUNNEL.rawValue: flipped[index] == before[index]
                default: false
                }
            let count = after[index] - flipped[index]
            return isTelling && count > 0 ? "packets are dropped (\(reasons[index]), \(count) so far)" : nil
        }
    }
}

extension NodeKernel {
    /// How long packets have to show that a generation drops what it should not.
    private static let trial = UInt32(3000)

    /// A first look at a generation that has just been put in force, in a few milliseconds.
    ///
    /// - Returns: what is not as it should be, a line for each; empty: nothing.
    func problems(
        with generation: UInt32, _ target: Target, _ attacher: Attacher, _ drops: DropWatch
    ) throws(KernelError) -> [String] {
        try waitForPackets()
        var drops = drops
        drops.flipped = try self.drops()
        usleep(Self.trial)
        var problems = try hookProblems(target.attachments, attacher) + queueProblems(target)
        let inForce = try self.generation()
        if inForce != generation { problems.append("generation \(inForce) is in force") }
        drops.after = try self.drops()
        return problems + drops.problems(hasLeavingPorts: !target.changes.detach.isEmpty)
    }

    /// Returns when no packet is under way any more that began before the call.
    func waitForPackets() throws(KernelError) {
        let code = shaper_wait_for_programs()
        guard code == 0 else { throw KernelError(operation: "wait for", subject: "programs", errno: -code) }
    }

    private func hookProblems(_ wanted: [Attachment], _ attacher: Attacher) throws(KernelError) -> [String] {
        let interfaces = Dictionary(try netlink.interfaces().map { ($0.name, $0.index) }) { first, _ in first }
        let programs = try Programs(pinnedIn: folder.programs)
        var problems: [String] = []
        for attachment in wanted {
            if interfaces[attachment.interface] != attachment.index {
                problems.append("interface \(attachment.interface) is gone")
            } else if try !attacher.isAttached(attachment, id: programs[attachment.program].id) {
                problems.append("\(attachment.program.rawValue) is not attached to \(attachment.interface)")
            }
        }
        return problems
    }

    private func queueProblems(_ target: Target) throws(KernelError) -> [String] {
        let queues = try netlink.readQueues(interface: target.underlayIndex)
        do throws(QueueConflict) {
            return try queues.changes(to: target.wantedQueues, in: target.trees).prepare.map {
                "queues: there is need to \($0)"
            }
        } catch {
            return ["\(error)"]
        }
    }
}
