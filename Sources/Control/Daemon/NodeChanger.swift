import Logging
import Policy

/// Reloads the policy and puts drift right, one after the other.
actor NodeChanger {
    private let path: String
    private let keeper: NodeKeeper
    private let metrics: MetricsHost
    private let record: DaemonRecord
    private let market: MarketService
    private let manager: ServiceManager
    private let logger: Logger
    private var last: Task<Void, Never>?
    /// The one the log has told of.
    private var trial: Trial?

    init(
        path: String, keeper: NodeKeeper, metrics: MetricsHost, record: DaemonRecord, market: MarketService,
        manager: ServiceManager, logger: Logger
    ) {
        self.path = path
        self.keeper = keeper
        self.metrics = metrics
        self.record = record
        self.market = market
        self.manager = manager
        self.logger = logger
    }

    /// Puts the file in force as it is now, all of it or nothing: where it cannot be, the old policy stays. A file that
    /// says what it said changes nothing, and ends no override.
    func reload() async throws -> Node.Outcome {
        try await inTurn { [self] in
            await manager.tell(.reloading)
            let outcome = await Result { try await putFileInForce() }
            record.reloaded(successfully: (try? outcome.get()) != nil)
            await manager.tell(.ready)
            return try outcome.get()
        }
    }

    private func putFileInForce() async throws -> Node.Outcome {
        do {
            let checked = try CheckedPolicy(PolicyFile(reading: path))
            let policy = checked.policy
            try keeper.node.checkIsNamed(in: policy)
            let outcome = try await metrics.moving(to: policy.metrics) { [keeper] in
                try await keeper.reload(checked)
            }
            logger.report(outcome, of: checked.file, done: outcome.isUnchanged ? "is unchanged" : "reloaded")
            if let inForce = try await keeper.state().inForce { market.stand(on: inForce) }
            return outcome
        } catch {
            logger.report(error)
            logger.error("\(path) is not in force; what was stays")
            throw error
        }
    }

    /// Puts right what others changed. What cannot be put right is said once, not at every look. A policy on trial whose
    /// time is up is taken back first.
    ///
    /// - Returns: when the time of the policy in force is up; nil: it stays.
    func look(thoroughly: Bool) async -> Duration? {
        try? await inTurn { [self] in
            do {
                if let isBack = try await keeper.revertOverdue() {
                    logger.warning("the policy on trial was not confirmed in time: \(isBack)")
                }
                let (changes, inForce) = try await keeper.repair(thoroughly: thoroughly)
                record.repaired(changes.count)
                logger.report(repairs: changes)
                // Another process may have applied a policy.
                if let inForce {
                    market.stand(on: inForce)
                    try await metrics.moving(to: inForce.policy.metrics) {}
                }
                if record.note(trouble: nil) { logger.info("all is as the policy wants it again") }
                await report(inForce)
            } catch is CancellationError {
                return
            } catch {
                if record.note(trouble: Failure(error).message) { logger.report(error) }
            }
        }
        return trial.flatMap { $0.isOver ? nil : $0.left }
    }

    private func report(_ inForce: InForce?) {
        let now = inForce?.applied.trial
        if let now, now != trial {
            logger.warning("\(inForce?.applied.path ?? "") is on trial: \(TrialFacts(now).text)")
        }
        trial = now
    }

    /// An actor alone lets the next one in wherever the first one waits.
    private func inTurn<T: Sendable>(_ work: @escaping @Sendable () async throws -> T) async throws -> T {
        let task = Task { [last] in
            await last?.value
            return try await work()
        }
        last = Task { _ = try? await task.value }
        return try await task.value
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
