import Datapath
import Logging
import Policy
import Signals
import Synchronization

/// The thread that takes signals: reads the socket, and does what has to be done regularly in between.
final class SignalLoop: Sendable {
    private struct Orders: Sendable {
        var terms: SignalTerms?
        /// They have not been looked at yet.
        var isNews = false
        var isOver = false
    }

    private let node: String
    private let record: SignalRecord
    private let logger: Logger
    private let orders = Mutex(Orders())

    /// With nothing to do, the thread looks this often whether there are orders, ns.
    private static let nap: UInt64 = 50_000_000
    /// Between looks at whether the socket still has its name, ns.
    private static let naming: UInt64 = 1_000_000_000

    init(node: String, record: SignalRecord, logger: Logger) {
        self.node = node
        self.record = record
        self.logger = logger
    }

    /// What the policy says from now on.
    func set(_ terms: SignalTerms) {
        orders.withLock { ($0.terms, $0.isNews) = (terms, true) }
    }

    /// Ends `run` soon.
    func stop() { orders.withLock { $0.isOver = true } }

    /// Takes signals until it is stopped, or until the policy has no `signals`: then nobody's flow is promoted any more.
    func run() {
        becomeUrgent()
        let desk = SignalDesk(node: node)
        var server: DatagramServer?
        var allowed: Signals?
        var lookedAt: UInt64 = 0
        while let orders = next() {
            var now = monotonicNanoseconds()
            if orders.isNews, let terms = orders.terms {
                desk.adopt(terms, at: now)
                if terms.signals != allowed {
                    allowed = terms.signals
                    server = listen(allowed, after: server)
                }
                if allowed == nil {
                    desk.step(at: now)
                    if record.now != nil { record.note(desk.snapshot) }
                    return
                }
            }
            if now >= lookedAt + Self.naming {
                lookedAt = now
                if server?.isNamed != true { server = listen(allowed, after: nil) }
                record.note(desk.snapshot)
            }
            let idle = min(max(desk.idleUntil, now) - now, Self.nap)
            if let server {
                server.wait(atMost: idle)
                now = monotonicNanoseconds()
                server.receive { datagram, sender in
                    let answer = desk.take(datagram, at: now, isAnswered: sender != nil)
                    if let sender { server.answer(answer.json, to: sender) }
                }
            } else {
                pause(nanoseconds: Self.nap)
            }
            desk.step(at: monotonicNanoseconds())
        }
    }

    /// nil: it is over.
    private func next() -> Orders? {
        orders.withLock { orders in
            defer { orders.isNews = false }
            return orders.isOver ? nil : orders
        }
    }

    /// The socket as the policy wants it.
    private func listen(_ allowed: Signals?, after former: DatagramServer?) -> DatagramServer? {
        guard let allowed else {
            if let former { logger.info("signals are not taken any more at \(former.path)") }
            return nil
        }
        let path = RunFolder.signals(node)
        do throws(KernelError) {
            let server = if let former { former } else { try DatagramServer(path: path, longest: Signal.longest) }
            let group = admit(allowed.group, to: server).map { " and group \($0)" } ?? ""
            logger.info("signals are taken at \(path) from root\(group)")
            return server
        } catch {
            logger.error("signals are not taken: \(error)")
            return nil
        }
    }

    /// Lets the group's members signal beside root; root alone, where that cannot be.
    ///
    /// - Returns: whose members may; nil: nobody's.
    private func admit(_ group: String?, to server: DatagramServer) -> String? {
        let number = group.flatMap(Group.number)
        if let group, number == nil { logger.warning("there is no group \(group): only root may signal") }
        do throws(KernelError) {
            try server.give(to: number)
            return number == nil ? nil : group
        } catch {
            logger.warning("only root may signal: \(error)")
            // Who might before must not any more.
            try? server.give(to: nil)
            return nil
        }
    }
}
