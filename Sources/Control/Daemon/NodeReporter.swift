import Glibc
import Telemetry

/// What the daemon says about its node and itself.
struct NodeReporter: Sendable {
    let keeper: NodeKeeper
    let record: DaemonRecord

    func metrics() async throws -> [MetricFamily] {
        let counters = try await keeper.counters()
        let entries = record.now
        let snapshot = FabricSnapshot(
            node: keeper.node.name, version: shaperVersion, generation: UInt64(counters.generation),
            lastApply: counters.inForce?.applied.appliedAt, lastReloadSucceeded: entries.lastReloadSucceeded,
            lastReloadSuccess: entries.lastReloadSuccess, classes: counters.classes, queues: counters.queues,
            drops: counters.drops, events: counters.events,
            slices: counters.slices, overrides: counters.inForce?.applied.overrides.count ?? 0,
            driftRepairs: entries.driftRepairs)
        return FabricMetrics.families(of: snapshot) + (try ProcessUsage.current().families)
    }

    func health() -> MetricsServer.Health { record.now.trouble.map { .failing($0) } ?? .healthy }

    func status() async throws -> DaemonStatus {
        let (inForce, generation) = try await keeper.state()
        let entries = record.now
        return DaemonStatus(
            node: keeper.node.name, version: shaperVersion, pid: getpid(), generation: generation,
            policy: inForce?.applied.path, appliedAt: inForce?.applied.appliedAt,
            trial: inForce?.applied.trial.map(TrialFacts.init), overrides: inForce?.applied.overrides.count ?? 0,
            lastReloadSucceeded: entries.lastReloadSucceeded,
            driftRepairs: entries.driftRepairs, trouble: entries.trouble)
    }
}
