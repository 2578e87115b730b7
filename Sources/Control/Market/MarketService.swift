import Feeds
import FoundationEssentials
import Logging
import Market
import Policy
import ServiceLifecycle
import Synchronization

/// Watches the markets of the policy in force, and has the node follow them and its schedules.
final class MarketService: Service {
    private let desk: MarketDesk
    private let feeds: FeedRunner
    /// Where what is known of the market is kept for the next daemon; nil: nowhere.
    private let file: String?
    /// Nobody reloads a rehearsal: it ends with its feeds. nil: it is none.
    private let rehearsal: Logger?

    /// Between looks when no price comes.
    private static let interval = Duration.milliseconds(500)
    /// The file is written anew after so many of them.
    private static let savedEvery = 60

    /// Of a daemon.
    convenience init(_ policy: Policy, keeper: NodeKeeper, logger: Logger) {
        // Feeds' sockets may be in there too.
        try? RunFolder.create()
        let log = DecisionLog(node: policy.node)
        let file = RunFolder.market(policy.node)
        let desk = MarketDesk(
            policy, memory: MarketMemory(file: file), follow: { keeper.follow($0, then: $1) },
            record: { entry, memory in
                logger.notice("\(entry.text)")
                do {
                    try log.add(entry)
                    try memory?.save(to: file)
                } catch {
                    logger.report(error)
                }
            })
        self.init(policy, desk: desk, file: file, isRehearsal: false, logger: logger)
    }

    /// Decides and logs, and changes nothing.
    convenience init(rehearsing policy: Policy, logger: Logger) {
        let followed = Mutex<Policy>(policy)
        let desk = MarketDesk(
            policy,
            follow: { overrides, then in
                let (before, after) = followed.withLock { now in
                    defer { now = policy.applying(overrides) }
                    return (now, policy.applying(overrides))
                }
                let changes = QuotaChange.all(from: before, to: after)
                then(.success(Followed(changes: changes, acknowledgedAt: .now)))
            },
            record: { entry, _ in logger.notice("\(entry.text)") })
        self.init(policy, desk: desk, file: nil, isRehearsal: true, logger: logger)
    }

    private init(_ policy: Policy, desk: MarketDesk, file: String?, isRehearsal: Bool, logger: Logger) {
        self.desk = desk
        self.file = file
        rehearsal = isRehearsal ? logger : nil
        feeds = FeedRunner(logger: logger, isRehearsal: isRehearsal) { desk.take($0, from: $1, at: now()) }
        feeds.read(policy.volatility?.feeds ?? [])
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown { [self] in
            var count = 0
            while !isOver {
                desk.look(at: now())
                try await Task.sleep(for: Self.interval)
                count += 1
                if count.isMultiple(of: Self.savedEvery) { save() }
            }
            // A look is due in each second.
            try await Task.sleep(for: .seconds(1))
            desk.look(at: now())
            rehearsal?.notice("standard input has ended, and there is no other feed: the dry run is over")
        }
        await feeds.stop()
        save()
    }

    /// What is in force, which a reload or another process may have changed.
    func stand(on inForce: InForce) {
        desk.stand(on: inForce.file, followed: inForce.layer?.overrides ?? [], at: now())
        feeds.read(inForce.file.volatility?.feeds ?? [])
    }

    private var isOver: Bool { rehearsal != nil && feeds.areOver }

    var facts: MarketDesk.Facts { desk.facts }
    var feedFacts: [FeedFacts] { feeds.facts }

    private func save() {
        if let file { try? desk.memory?.save(to: file) }
    }
}

/// Since 1970, ns.
private func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1e9) }
