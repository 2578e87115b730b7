import Glibc
import Telemetry

/// What the daemon says about its node and itself.
struct NodeReporter: Sendable {
    let keeper: NodeKeeper
    let record: DaemonRecord
    let market: MarketService
    let signals: SignalRecord

    func metrics() async throws -> [MetricFamily] {
        let counters = try await keeper.counters()
        let entries = record.now
        let snapshot = FabricSnapshot(
            node: keeper.node.name, version: shaperVersion, generation: UInt64(counters.generation),
            lastApply: counters.inForce?.applied.appliedAt, lastReloadSucceeded: entries.lastReloadSucceeded,
            lastReloadSuccess: entries.lastReloadSuccess, classes: counters.classes, queues: counters.queues,
            drops: counters.drops, events: counters.events, slices: counters.slices,
            overrides: counters.inForce?.overrides.count ?? 0, driftRepairs: entries.driftRepairs,
            charge: counters.charge)
        return FabricMetrics.families(of: snapshot) + MarketMetrics.families(of: MarketSample(market))
            + (signals.now.map(SignalMetrics.families) ?? []) + (try ProcessUsage.current().families)
    }

    func health() -> MetricsServer.Health { record.now.trouble.map { .failing($0) } ?? .healthy }

    func status() async throws -> DaemonStatus {
        let (inForce, generation) = try await keeper.state()
        let entries = record.now
        return DaemonStatus(
            node: keeper.node.name, version: shaperVersion, pid: getpid(), generation: generation,
            policy: inForce?.applied.path, appliedAt: inForce?.applied.appliedAt,
            trial: inForce?.applied.trial.map(TrialFacts.init), overrides: inForce?.overrides.count ?? 0,
            lastReloadSucceeded: entries.lastReloadSucceeded,
            driftRepairs: entries.driftRepairs, trouble: entries.trouble,
            market: MarketFacts(market.facts, feeds: market.feedFacts))
    }
}
