import Datapath
import Logging
import Policy
import ServiceLifecycle
import Telemetry
import UnixSignals

/// `shaperctl run`: keeps one node as its policy file wants it, and tells how it is. The packets do not need it: it may
/// end, or be killed, at any moment, and what is in the kernel goes on.
package struct Daemon: Sendable {
    private let path: String
    private let options: ApplyOptions
    private let logger: Logger

    /// - Parameter path: of the policy file, which is read again at every reload.
    package init(path: String, options: ApplyOptions) {
        self.path = path
        self.options = options
        logger = Logger(label: "shaper") { StreamLogHandler.standardError(label: $0) }
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// - Throws: `InvalidPolicy`, `ApplyError`, `NodeError`, `ControlSocketError` or `ListenError` where it cannot begin;
    ///   then the kernel is as it was.
    package func run() async throws {
        // From here on a hang-up means a reload, also an early one, and not the end.
        let hangUps = await UnixSignalsSequence(trapping: .sighup)
        let checked = try CheckedPolicy(PolicyFile(reading: path))
        let policy = checked.policy

        let record = DaemonRecord()
        let keeper = NodeKeeper(node: Node(name: policy.node), options: options)
        let market = MarketService(policy, keeper: keeper, logger: logger)
        let signals = SignalRecord()
        let reporter = NodeReporter(keeper: keeper, record: record, market: market, signals: signals)
        let metrics = MetricsHost { [logger] endpoint, onListening in
            MetricsServer(
                host: endpoint.host, port: endpoint.port, logger: logger, health: { reporter.health() },
                onListening: { _ in onListening() }, collect: { try await reporter.metrics() })
        }
        let manager = ServiceManager(logger: logger)
        let changer = NodeChanger(
            path: path, keeper: keeper, metrics: metrics, record: record, market: market, manager: manager,
            logger: logger)
        let handler = RequestHandler(keeper: keeper, changer: changer, reporter: reporter)
        let control = try ControlServer(
            path: RunFolder.socket(policy.node), logger: logger,
            onListening: { [logger] in
                logger.info("node \(policy.node) is ready")
                await manager.tell(.ready)
            },
            handler: { await handler.answer($0) }
        ).claim()

        do {
            let outcome = try await metrics.moving(to: policy.metrics) {
                try await keeper.adopt(checked)
            }
            record.reloaded(successfully: true)
            logger.report(outcome, of: checked.file, done: "in force")
            if let inForce = try await keeper.state().inForce { market.stand(on: inForce) }
        } catch {
            control.release()
            throw error
        }
        try await group([
            metrics, control, HangUps(signals: hangUps) { _ = try? await changer.reload() },
            DriftWatch { await changer.look(thoroughly: $0) },
            ExpressCharge { (try? await keeper.charge()) ?? false }, market,
            SignalService(node: policy.node, record: signals, logger: logger) {
                try await keeper.signalTerms(after: $0)
            },
        ]).run()
        logger.info("node \(policy.node)'s daemon ends; what is in the kernel goes on")
    }

    /// Watches the market and logs what it would do, until SIGTERM, SIGINT or the end of its feeds. Nothing is changed,
    /// and nobody answers.
    package func rehearse() async throws {
        let checked = try CheckedPolicy(PolicyFile(reading: path))
        guard checked.policy.volatility != nil || !checked.policy.schedules.isEmpty else {
            throw NodeError(
                "\(checked.file.name) has neither volatility nor schedules: there is nothing to decide",
                remedy: "add one of them, as in the example policy")
        }
        logger.info("dry run: what is decided is logged, and nothing is changed")
        let market = MarketService(rehearsing: checked.policy, logger: logger)
        try await group([market], atEnd: .gracefullyShutdownGroup).run()
    }

    /// - Parameter atEnd: what the end of one of them means.
    private func group(
        _ services: [any Service],
        atEnd: ServiceGroupConfiguration.ServiceConfiguration.TerminationBehavior = .cancelGroup
    ) -> ServiceGroup {
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0, successTerminationBehavior: atEnd) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // Who is told to stop must not be kept by a client that does not hang up.
        configuration.maximumGracefulShutdownDuration = .seconds(2)
        return ServiceGroup(configuration: configuration)
    }
}

/// Reloads at SIGHUP.
private struct HangUps: Service {
    let signals: UnixSignalsSequence
    let reload: @Sendable () async -> Void

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() { await reload() }
    }
}
