import Datapath
import FoundationEssentials
import NIOPosix
import Plan
import Policy
import Synchronization
import Telemetry

/// What the daemon does with its node, one thing at a time and all on one thread of its own: the kernel's answers are
/// waited for, and nobody else should have to wait with it.
final class NodeKeeper: Sendable {
    let node: Node
    private let options: ApplyOptions
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let memory = Mutex(NodeMemory())
    private let meter = ChargeMeter()

    init(node: Node, options: ApplyOptions) {
        self.node = node
        self.options = options
        thread.start()
    }

    /// Puts the policy in force; what commands changed over the same policy before stays.
    func adopt(_ policy: CheckedPolicy) async throws -> Node.Outcome {
        try await withMemory { [options] memory in try Node.adopt(policy, options: options, &memory) }
    }

    /// Puts the policy in force, if it is another than the one that is.
    func reload(_ policy: CheckedPolicy) async throws -> Node.Outcome {
        try await withMemory { [options] memory in try Node.reload(policy, options: options, &memory) }
    }

    /// Puts back what was before a trial whose time is up.
    ///
    /// - Returns: what is in force now, for people; nil where there was no such trial.
    func revertOverdue() async throws -> String? {
        try await withMemory { [node] memory in try node.revertOverdue(memory) }
    }

    /// Puts right what others changed in the kernel.
    ///
    /// - Parameter thoroughly: reads the whole policy image; otherwise it is believed while its generation is in force.
    /// - Returns: what was wrong, and the policy in force.
    func repair(thoroughly: Bool) async throws -> (changes: [String], inForce: InForce?) {
        try await withMemory { [node, options] memory in
            if thoroughly { memory.forgetImage() }
            return (try node.repair(options, &memory), try memory.inForce(on: node.name))
        }
    }

    /// Changes a class's quota over the policy in force.
    func override(_ change: Override) async throws {
        try await withMemory { [node] memory in try node.override(change, &memory) }
    }

    /// Follows what schedules and the market change: in this call where the node is idle, since its thread would take
    /// longer to wake up than the kernel takes to change; otherwise without keeping anybody waiting.
    ///
    /// - Parameter then: called in this call, or on the thread of this node.
    func follow(
        _ overrides: [Override], then: @escaping @Sendable (Result<Followed, any Error>) -> Void
    ) {
        let atOnce = memory.withLockIfAvailable { [node] memory in
            Result { try node.followIfFree(AutomaticLayer(overrides), &memory) }
        }
        switch atOnce {
        case .success(let followed?): return then(.success(followed))
        case .failure(let error): return then(.failure(error))
        case .success(nil), nil: break
        }
        thread.submit { [self] state in
            guard case .active = state else { return then(.failure(CancellationError())) }
            then(Result { try memory.withLock { try node.follow(AutomaticLayer(overrides), &$0) } })
        }
    }

    /// Has the queues give way to what XDP sends past them.
    ///
    /// - Returns: false: no port is read by XDP.
    func charge() async throws -> Bool {
        try await withMemory { [node, meter] memory in
            guard let desired = try memory.inForce(on: node.name)?.desired, desired.usesXDP else { return false }
            try meter.adjust(node, desired)
            return true
        }
    }

    /// What holds for signals now; `former`, where nothing has changed since.
    ///
    /// - Returns: nil: no policy is in force.
    func signalTerms(after former: SignalTerms?) async throws -> SignalTerms? {
        try await withMemory { [node] memory in
            guard let inForce = try memory.inForce(on: node.name) else { return nil }
            if let former, former.origin == SignalTerms.Origin(inForce) { return former }
            return try SignalTerms(inForce, after: former) {
                try memory.withKernel(of: node.name) { try $0.sliceIndices() }
            }
        }
    }

    /// The policy in force and its generation in the kernel; nil and 0 where there is none.
    func state() async throws -> (inForce: InForce?, generation: UInt32) {
        try await withMemory { [node] memory in
            (try memory.inForce(on: node.name), try memory.withKernel(of: node.name) { try $0.generation() })
        }
    }

    /// What the kernel has counted.
    func counters() async throws -> NodeCounters {
        try await withMemory { [node] memory in
            let inForce = try memory.inForce(on: node.name)
            return try memory.withKernel(of: node.name) { try NodeCounters($0, inForce) }
        }
    }

    private func withMemory<T: Sendable>(_ body: @escaping @Sendable (inout NodeMemory) throws -> T) async throws -> T {
        try await thread.runIfActive { [self] in try memory.withLock { memory in try body(&memory) } }
    }
}
